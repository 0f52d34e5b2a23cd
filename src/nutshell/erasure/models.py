"""The order to erase, kept until it is carried out."""

from django.db import models


class EraseOrder(models.Model):
    """Written before anything else, so that an interrupted erase is finished as it was meant.

    `wish` is the owner's signed statement, which the key store checks. The row goes with all others of
    the subject.
    """

    subject_id = models.UUIDField(primary_key=True)
    keep_account = models.BooleanField()
    wish = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "erase_order"
