"""Tables of incidents, in the `accounts` database. Rows of a timeline are added, never changed (ops.privileges)."""

from django.db import models

from nutshell.common.ids import new_id


class Incident(models.Model):
    """One incident; all else that is known of it stands in its timeline."""

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.PositiveIntegerField(unique=True)
    declared_at = models.DateTimeField()

    class Meta:
        db_table = "incident"


class TimelineRow(models.Model):
    """One entry of an incident's timeline. `sealed` opens for this incident and this place only; `hash` is the chain's
    link over the one before and the packed entry, which holds 16 random bytes.
    """

    incident_id = models.UUIDField()
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    sealed = models.BinaryField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "incident_entry"
        constraints = [models.UniqueConstraint(fields=["incident_id", "sequence"], name="one_entry_a_place")]


class AffectedRow(models.Model):
    """A subject in an incident's scope, and what became of the notice to them. It goes with the subject.

    `collections` are words apart by spaces, "all" for the whole diary. `mail_id` is the mail that waits, if one does.
    """

    incident_id = models.UUIDField(db_index=True)
    subject_id = models.UUIDField(db_index=True)
    collections = models.CharField(max_length=400)
    openings = models.PositiveIntegerField()
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    notice = models.CharField(max_length=12, default="")
    notice_hash = models.BinaryField(max_length=32, default=b"")
    notice_at = models.DateTimeField(null=True)
    mail_id = models.UUIDField(null=True)

    class Meta:
        db_table = "incident_affected"
        constraints = [models.UniqueConstraint(fields=["incident_id", "subject_id"], name="one_row_a_subject")]
