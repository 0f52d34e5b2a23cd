"""Archives that wait to be fetched, in the `accounts` database. What opens them lies in their owner's session alone."""

from django.db import models


class ArchiveJob(models.Model):
    """The one archive of a person that is being made, or waits. `state`: "making", "ready" or "failed"; `done` is a
    percentage, `size` the bytes of the file. `beat_at` moves while it is made: where it stands still, it was cut off.
    """

    subject_id = models.UUIDField(primary_key=True)
    job_id = models.UUIDField()
    state = models.CharField(max_length=6, default="making")
    done = models.PositiveSmallIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(db_index=True)
    beat_at = models.DateTimeField()

    class Meta:
        db_table = "archive_job"


class ArchivePart(models.Model):
    """A piece of the file, sealed (`vault.parcels`)."""

    subject_id = models.UUIDField(db_index=True)
    job_id = models.UUIDField()
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "archive_part"
        constraints = [models.UniqueConstraint(fields=["job_id", "number"], name="archive_part_once")]
