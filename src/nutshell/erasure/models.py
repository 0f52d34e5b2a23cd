"""The order to erase, kept until it is carried out."""

from django.db import models

from nutshell.common import clock


class EraseOrder(models.Model):
    """Written before anything else, so that an interrupted erase is finished as it was meant.

    `wish` is the owner's signed statement, which the key store checks. It is carried out from `due_at` on, which is
    `undo_days` after it was ordered; until then the owner may take it back. The row goes with all others of the
    subject.
    """

    subject_id = models.UUIDField(primary_key=True)
    keep_account = models.BooleanField()
    wish = models.BinaryField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(default=clock.now, db_index=True)
    undo_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "erase_order"
