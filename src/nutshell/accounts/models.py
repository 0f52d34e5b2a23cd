"""Tables of people, in the `accounts` database (7-day backups). What names or traces a person is sealed.

In clear remain: ids, kinds, times, scopes, language and theme, and how many guesses were made.
"""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.db import models

from nutshell.common import clock
from nutshell.common.ids import new_id
from nutshell.vault.djangofields import LookupField, SealedTextField


class UserManager(BaseUserManager["User"]):
    """Django and allauth look people up by their number; addresses stand in allauth's own table, sealed."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(pk=username)


class User(AbstractBaseUser):
    """Somebody with a way in. Health data lies under `subject_id`, which is None before consent.

    `anchor` never changes: the password hash holds for this anchor only, and `holder` is the subject's own keys'
    word that this anchor holds it. So neither a hash nor a subject can be carried to another row. `address_mark` is
    the installation's word on the account's address (accounts.addresses).
    `password` is Argon2id output sealed under the pepper. `short_password`: under 15 characters, which a second
    factor must accompany. `session_kind` decides how soon this person's sessions end. `language` and `theme` are
    in clear: pages need them before a vault is open. `leaving_at` is when a removal that waits is carried out,
    `restricted_at` since when nothing is done with the data and `restricted_for` why: either freezes the account
    (accounts.freezing). `typed_email` is not stored: the address that a new account is being made with.
    """

    USERNAME_FIELD = "id"

    id = models.BigAutoField(primary_key=True)
    anchor = models.UUIDField(default=new_id, unique=True)
    password = models.CharField(max_length=512)
    subject_id = models.UUIDField(null=True, unique=True)
    holder = models.BinaryField(max_length=32, null=True)
    address_mark = models.BinaryField(max_length=32, default=b"")
    display_name = SealedTextField(default=str)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, db_index=True)
    short_password = models.BooleanField(default=False)
    session_kind = models.CharField(max_length=8, default="personal")
    language = models.CharField(max_length=10, blank=True, default="")
    theme = models.CharField(max_length=8, blank=True, default="")
    leaving_at = models.DateTimeField(null=True)
    restricted_at = models.DateTimeField(null=True)
    restricted_for = models.CharField(max_length=10, blank=True, default="")

    objects = UserManager()
    typed_email: str | None = None

    class Meta:
        db_table = "user_account"

    def __str__(self) -> str:
        return f"user {self.pk}"

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(None if raw_password is None else self._anchored(raw_password))

    def check_password(self, raw_password: str) -> bool:
        return check_password(self._anchored(raw_password), self.password)

    def _anchored(self, password: str) -> str:
        return f"{self.anchor.hex}{password}"


class Session(models.Model):
    """A browser's or an app's session. `handle` is a keyed hash of its secret; `sealed` opens with the secret
    and the epoch secret of the UTC day `epoch` only. `client` is the sealed agent and address of the log-in.
    """

    handle = models.BinaryField(max_length=32, primary_key=True)
    public_id = models.UUIDField(default=new_id, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    kind = models.CharField(max_length=8)
    epoch = models.DateField()
    sealed = models.BinaryField()
    client = SealedTextField(default=str)
    started_at = models.DateTimeField()
    used_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "session"


class Token(models.Model):
    """An API token. Its lasting keys lie in the vault's token slot; `session_slot` opens with the token's secret
    and the epoch secret of the UTC day `epoch`, and is made anew from the lasting slot when that day is over.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    handle = models.BinaryField(max_length=32, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    subject_id = models.UUIDField(db_index=True)
    slot_id = models.BinaryField(max_length=16)
    name = SealedTextField()
    scopes = models.CharField(max_length=400)
    epoch = models.DateField()
    session_slot = models.BinaryField()
    created_at = models.DateTimeField()
    used_on = models.DateField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "token"


class TrustedContact(models.Model):
    """Somebody who may begin the recovery of a sealed account. `subject_id` is its owner, `grantee_id` the contact.

    `sealed_factor` opens for the contact; `handed` (under a code) and `word` (to the key store) are there once they
    handed it on. `told_on` is the day of the last mail to the owner while a recovery runs.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    subject_id = models.UUIDField(db_index=True)
    grantee_id = models.UUIDField(db_index=True)
    slot_id = models.BinaryField(max_length=16)
    sealed_factor = models.BinaryField()
    days = models.PositiveIntegerField()
    state = models.CharField(max_length=8, default="asked")
    named_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    told_on = models.DateField(null=True)
    handed = models.BinaryField(default=b"")
    word = models.BinaryField(default=b"")

    class Meta:
        db_table = "trusted_contact"
        constraints = [models.UniqueConstraint(fields=["subject_id", "grantee_id"], name="one_slot_a_contact")]


class OutgoingMail(models.Model):
    """A mail that waits for the worker: `sealed` holds address, subject line and text. `user_id` is whose account it is
    about, None for somebody without one."""

    id = models.UUIDField(primary_key=True)
    user_id = models.BigIntegerField(null=True, db_index=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(db_index=True)
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "outgoing_mail"


class Consent(models.Model):
    """That somebody agreed to one version of a text, whose SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    document = models.CharField(max_length=32)
    version = models.CharField(max_length=16)
    text_hash = models.BinaryField(max_length=32)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "consent"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "document"], condition=models.Q(withdrawn_at=None), name="one_consent_in_force"
            )
        ]


class Invitation(models.Model):
    """A link that lets its holder sign up with an address that the operator vouches for. It works once."""

    handle = models.BinaryField(max_length=32, primary_key=True)
    email = LookupField(domain="email")
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitation"


class Guess(models.Model):
    """How many wrong secrets in a row were tried for one target: a password's address, or a user's factors."""

    target = LookupField(domain="guess", unique=True)
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "guess"


class CacheEntry(models.Model):
    """The table of Django's database cache: rate limits and used one-time codes, under keyed hashes."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "cache"
