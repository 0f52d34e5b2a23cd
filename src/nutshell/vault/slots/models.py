"""The keyslot table, in the `accounts` database (7-day backups), apart from the records it opens."""

from django.db import models


class Keyslot(models.Model):
    """One lasting slot. `slot_id` names its secret in the key store; `packed` is the envelope's slot."""

    pk = models.CompositePrimaryKey("subject_id", "slot_id")
    subject_id = models.UUIDField()
    slot_id = models.BinaryField(max_length=16)
    kind = models.CharField(max_length=8)
    packed = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "keyslot"
