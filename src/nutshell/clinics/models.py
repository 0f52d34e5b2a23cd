"""Tables of clinics, in the `accounts` database: a name for a subject, and open invitations."""

from django.db import models

from nutshell.common import clock
from nutshell.common.ids import new_id
from nutshell.vault.djangofields import SealedTextField


class Clinic(models.Model):
    """What a clinic is called. `subject_id` is its own subject, whose keys its members hold."""

    subject_id = models.UUIDField(primary_key=True)
    name = SealedTextField()
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "clinic"


class Invitation(models.Model):
    """A clinic asks one of its clients to share. The secret is in the link and nowhere else.

    `subject_id` is the clinic's, `client` its own number for the client, `asked` what it asks for (packed and sealed),
    `proof` what only the holder of the secret can check. `held_id` is the subject of a profile that the clinic keeps
    of the client, whose key lies in `held`, under the secret.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    subject_id = models.UUIDField(db_index=True)
    client = models.UUIDField(db_index=True)
    asked = models.BinaryField()
    proof = models.BinaryField(max_length=32)
    held_id = models.UUIDField(null=True, db_index=True)
    held = models.BinaryField(default=b"")
    state = models.CharField(max_length=10, default="open")
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "clinic_invitation"
