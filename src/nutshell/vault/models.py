"""Tables of the `records` database: pseudonymous and sealed. Every table leads with `subject_id`.

No key leads to a user, and nothing here says which collection or month a shelf holds: tags and
record ids are keyed hashes. Sizes, times of change and row counts remain visible (docs/threat-model.md).
"""

from django.db import models

PERSON, CLINIC, HELD = "person", "clinic", "held"
"""Kinds of subjects. Studies stand here as persons; `HELD` is a client without an account, kept by a clinic."""


class Subject(models.Model):
    """A pseudonym under which health data lies, with its public keys. Without this row nothing of it is read."""

    subject_id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=8, default=PERSON)
    bundle_version = models.PositiveIntegerField()
    public = models.BinaryField()

    class Meta:
        db_table = "subject"


class Root(models.Model):
    """A sealed root. The key store's row names the valid one; the one before it and newer candidates stay."""

    pk = models.CompositePrimaryKey("subject_id", "version", "root_hash")
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField()
    root_hash = models.BinaryField(max_length=16)
    sealed = models.BinaryField()

    class Meta:
        db_table = "root"


class Shelf(models.Model):
    """One generation of a shelf: its wrapped key and its sealed manifest."""

    pk = models.CompositePrimaryKey("subject_id", "tag", "generation")
    subject_id = models.UUIDField()
    tag = models.BinaryField(max_length=16)
    generation = models.PositiveIntegerField()
    wrapped_key = models.BinaryField()
    manifest_version = models.PositiveIntegerField()
    manifest = models.BinaryField()
    shared = models.BooleanField(default=False)
    signer = models.BinaryField(null=True)
    signature = models.BinaryField(null=True)

    class Meta:
        db_table = "shelf"


class Record(models.Model):
    """One sealed document."""

    pk = models.CompositePrimaryKey("subject_id", "tag", "record_id")
    subject_id = models.UUIDField()
    tag = models.BinaryField(max_length=16)
    record_id = models.BinaryField(max_length=16)
    generation = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    schema = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "record"


class Grant(models.Model):
    """A signed statement of an owner (an offer until it was accepted), with the grant key wrapped for the owner.

    `invitation` is the wrapped invitation secret of an open offer, `certificate` the owner's word on the signing key of
    a grantee who may write, `details` what the owner alone keeps with it. `ended` is the signed end, if it has one.
    """

    pk = models.CompositePrimaryKey("subject_id", "grant_id")
    subject_id = models.UUIDField()
    grant_id = models.UUIDField()
    statement = models.BinaryField()
    wrapped_grant_key = models.BinaryField(default=b"")
    invitation = models.BinaryField(default=b"")
    certificate = models.BinaryField(default=b"")
    details = models.BinaryField(default=b"")
    ended = models.BinaryField(default=b"")
    state = models.CharField(max_length=16)
    version = models.PositiveIntegerField()
    ends_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "grant"


class Keyring(models.Model):
    """The wrapped shelf keys that a grant reaches."""

    pk = models.CompositePrimaryKey("subject_id", "grant_id")
    subject_id = models.UUIDField()
    grant_id = models.UUIDField()
    version = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "keyring"


class GrantReceived(models.Model):
    """The grantee's side: the grant key, sealed to them."""

    pk = models.CompositePrimaryKey("subject_id", "grant_id")
    subject_id = models.UUIDField()
    grant_id = models.UUIDField()
    owner_id = models.UUIDField()
    sealed_grant_key = models.BinaryField()
    state = models.CharField(max_length=16)

    class Meta:
        db_table = "grant_received"


class InboxItem(models.Model):
    """Something written for a subject while they were away: sealed to them, signed by the writer."""

    pk = models.CompositePrimaryKey("subject_id", "item_id")
    subject_id = models.UUIDField()
    item_id = models.UUIDField()
    writer_id = models.UUIDField()
    sealed_key = models.BinaryField()
    sealed = models.BinaryField()
    signature = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "inbox"


class Errand(models.Model):
    """Pending work that needs the owner's keys."""

    pk = models.CompositePrimaryKey("subject_id", "errand_id")
    subject_id = models.UUIDField()
    errand_id = models.UUIDField()
    kind = models.CharField(max_length=24)
    payload = models.BinaryField(default=b"")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "errand"


class Idempotency(models.Model):
    """What a client's idempotency key made, for 24 hours."""

    pk = models.CompositePrimaryKey("subject_id", "key_hash")
    subject_id = models.UUIDField()
    key_hash = models.BinaryField(max_length=16)
    result = models.BinaryField(max_length=16)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency"
        indexes = [models.Index(fields=["created_at"], name="idempotency_created_at")]
