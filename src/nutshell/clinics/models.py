"""Tables of clinics, in the `accounts` database: a name for a subject, and open invitations."""

from uuid import UUID

from django.db import models

from nutshell.common import clock
from nutshell.common.ids import new_id
from nutshell.vault import fields


class Clinic(models.Model):
    """What a clinic is called. `subject_id` is its own subject, whose keys its members hold.

    The name is sealed for its row: with another clinic's name in its place it opens for nobody.
    """

    subject_id = models.UUIDField(primary_key=True)
    sealed_name = models.BinaryField(db_column="name")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "clinic"

    @property
    def name(self) -> str:
        """Raises errors.Tampered."""
        return fields.open_text("clinic", "name", str(self.subject_id), self.sealed_name)

    @staticmethod
    def seal(clinic: UUID, name: str) -> bytes:
        """A name for this clinic's row."""
        return fields.seal_text("clinic", "name", str(clinic), name)


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
