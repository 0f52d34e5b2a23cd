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
        constraints = [
            models.UniqueConstraint(fields=["subject_id"], condition=models.Q(kind="server"), name="one_server_slot")
        ]


class StagedKeys(models.Model):
    """Slots of a re-key under way: they take the place of all others once the key store names their list.

    `packed` holds them with their list, `former` the ids of the slots whose secrets go then, `holder` the new keys'
    word on who signs in for them. Gone when all of it is done.
    """

    subject_id = models.UUIDField(primary_key=True)
    bundle_version = models.PositiveIntegerField()
    packed = models.BinaryField()
    former = models.BinaryField()
    holder = models.BinaryField(max_length=32)
    installed = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "staged_keys"


class SlotList(models.Model):
    """A list of lasting slots with the owner's signed pin. The key store's row names the one in force.

    Several may stand here: a list is stored before it is pinned, and its slots open only once it is.
    """

    pk = models.CompositePrimaryKey("subject_id", "list_hash")
    subject_id = models.UUIDField()
    list_hash = models.BinaryField(max_length=32)
    version = models.PositiveIntegerField()
    listing = models.BinaryField()
    statement = models.BinaryField()

    class Meta:
        db_table = "slot_list"
