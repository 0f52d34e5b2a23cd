"""Tables of the `keys` database (7-day backups). Every secret in it is wrapped by the KMS."""

from django.db import models


class SubjectRow(models.Model):
    """What decides whether a subject's slots open at all, and what their owner last saw.

    `erasing_since` is the durable intent to erase: from then on nothing of the subject is answered.
    An empty `erasure_secret` means that it was destroyed already and only rows elsewhere remain.
    """

    subject_id = models.UUIDField(primary_key=True)
    erasure_secret = models.BinaryField()
    public = models.BinaryField()
    bundle_version = models.PositiveIntegerField()
    root_version = models.PositiveIntegerField(default=0)
    root_hash = models.BinaryField(default=b"")
    slots_version = models.PositiveIntegerField(default=0)
    slots_hash = models.BinaryField(default=b"")
    erasing_since = models.DateTimeField(null=True)

    class Meta:
        app_label = "keystore"
        db_table = "subject_row"


class Secret(models.Model):
    """The key store's half of a slot or a grant. After `ends_at` it is refused and destroyed.

    `grantee_id` is who may fetch and destroy a grant's secret besides its owner; one who `acts` may also fetch what was
    granted to the owner. A trusted contact's secret has the contact there, `delay` in seconds, and `started_at` while a
    recovery runs.
    """

    secret_id = models.BinaryField(max_length=16, primary_key=True)
    subject_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=12)
    wrapped = models.BinaryField()
    ends_at = models.DateTimeField(null=True, db_index=True)
    grantee_id = models.UUIDField(null=True, db_index=True)
    delay = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField(null=True)
    acts = models.BooleanField(default=False)

    class Meta:
        app_label = "keystore"
        db_table = "secret"


class Epoch(models.Model):
    """The epoch secret of one UTC day, destroyed at the end of the seventh day after it."""

    day = models.DateField(primary_key=True)
    wrapped = models.BinaryField()

    class Meta:
        app_label = "keystore"
        db_table = "epoch"


class InstallationKey(models.Model):
    """A key of the whole installation: identity, pepper, handle, checkpoint, receipt.

    Of a signing key that another took the place of, `public` is left and `wrapped` empty: it signs nothing any more,
    and what it signed is checked still.
    """

    name = models.CharField(max_length=16)
    version = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    public = models.BinaryField(max_length=32, default=b"")

    class Meta:
        app_label = "keystore"
        db_table = "installation_key"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="installation_key_once")]


class FinishedErase(models.Model):
    """What a receipt is made of: the tombstone's hash, when the last step was done, and what a node said had gone.

    Swept when the receipt's last day has come.
    """

    tombstone = models.BinaryField(max_length=32, primary_key=True)
    finished_at = models.DateTimeField(db_index=True)
    rows = models.BinaryField()

    class Meta:
        app_label = "keystore"
        db_table = "finished_erase"


class SignedTree(models.Model):
    """The one row that says how far the audit tree went when it was signed last: its size and peaks (32 bytes each)."""

    size = models.PositiveBigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")

    class Meta:
        app_label = "keystore"
        db_table = "signed_tree"


class UsedNonce(models.Model):
    """Nonces of signed statements that were obeyed, so that none is obeyed twice."""

    nonce = models.BinaryField(max_length=32, primary_key=True)
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "keystore"
        db_table = "used_nonce"


class NodeRow(models.Model):
    """A process that asked for openers, by the name in its certificate.

    `normal` is the average number of people whose server slots it opened in a minute, over about a day; `count` those
    of the minute that began at `minute`.
    """

    name = models.CharField(max_length=32, primary_key=True)
    normal = models.FloatField(default=0.0)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    frozen_since = models.DateTimeField(null=True)

    class Meta:
        app_label = "keystore"
        db_table = "node"


class Opening(models.Model):
    """One server slot opened within the last minute. Swept after it."""

    node = models.CharField(max_length=32)
    subject_id = models.UUIDField(db_index=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "keystore"
        db_table = "opening"


class AlarmRow(models.Model):
    """An alarm for the operator. `told`: the mail about it went out."""

    kind = models.CharField(max_length=16)
    node = models.CharField(max_length=32)
    at = models.DateTimeField()
    told = models.BooleanField(default=False, db_index=True)

    class Meta:
        app_label = "keystore"
        db_table = "alarm"


class Canary(models.Model):
    """The id of a canary subject, under the KMS key."""

    wrapped = models.BinaryField()

    class Meta:
        app_label = "keystore"
        db_table = "canary"


class Restore(models.Model):
    """A restore that an operator told of: when, to which moment, and whether marks of it are still taken."""

    restore_id = models.BinaryField(max_length=16, primary_key=True)
    began_at = models.DateTimeField()
    stands_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)

    class Meta:
        app_label = "keystore"
        db_table = "restore"


class RestoreMark(models.Model):
    """The root and the list of slots that a restore put back for a subject, which their owner may accept once."""

    subject_id = models.UUIDField(primary_key=True)
    restore = models.ForeignKey(Restore, on_delete=models.CASCADE)
    root_version = models.PositiveIntegerField()
    root_hash = models.BinaryField()
    slots_version = models.PositiveIntegerField()
    slots_hash = models.BinaryField()

    class Meta:
        app_label = "keystore"
        db_table = "restore_mark"


class OwnLeaf(models.Model):
    """One audit leaf, committed before the fetch that it stands for is answered.

    Erasing a subject empties `subject_id`, `body` and `salt`; the hash stays, so the tree still verifies.
    """

    sequence = models.BigAutoField(primary_key=True)
    subject_id = models.UUIDField(null=True, db_index=True)
    body = models.BinaryField(null=True)
    salt = models.BinaryField(null=True)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        app_label = "keystore"
        db_table = "own_leaf"
