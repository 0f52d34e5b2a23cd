"""Tables of studies, in the `accounts` database. What names a person is sealed; a part's state is its grant's."""

from django.db import models

from nutshell.common import clock
from nutshell.common.ids import new_id
from nutshell.vault.djangofields import SealedTextField


class Study(models.Model):
    """`subject_id` is the study's own subject, whose keys its participants' grants are sealed to; `founder_id` is the
    researcher's, and `holder` the study's own keys' word on that.

    `nutrients` are USDA numbers with spaces between; the days are those that a participant may share at most. `ethics`
    and `document` are the approval (its number and text), without which nothing is opened. `recipient` is the
    researcher's age key, to which releases are encrypted (see `recipients`); `recipient_seal` was its seal once.
    `file_hash` is the SHA-256 of the approval's file, empty without one. `published` is the study's own signature over
    what participants read (see `published`); `id` is a hash of the key that made it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    subject_id = models.UUIDField(unique=True)
    founder_id = models.UUIDField(db_index=True)
    holder = models.BinaryField(max_length=32)
    title = models.CharField(max_length=120)
    protocol = models.TextField()
    contact = SealedTextField()
    nutrients = models.CharField(max_length=120)
    first_day = models.DateField()
    last_day = models.DateField()
    ethics = models.CharField(max_length=80, blank=True, default="")
    ethics_on = models.DateField(null=True)
    document = models.TextField(blank=True, default="")
    file_hash = models.BinaryField(max_length=32, default=b"")
    published = models.BinaryField(default=b"")
    recipient = models.CharField(max_length=80, blank=True, default="")
    recipient_seal = models.BinaryField(default=b"")
    state = models.CharField(max_length=8, default="draft")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "study"


class ApprovalFile(models.Model):
    """The ethics committee's document as it was sent, a PDF. Apart, so that no page loads it along."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, primary_key=True, related_name="file")
    content = models.BinaryField()

    class Meta:
        db_table = "study_approval_file"


class Researcher(models.Model):
    """Who else runs a study, to find it by. What decides is what the study's keys signed: whether `mark` is in it."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="others")
    subject_id = models.UUIDField(db_index=True)
    mark = models.BinaryField(max_length=32)

    class Meta:
        db_table = "study_researcher"
        constraints = [models.UniqueConstraint(fields=["study", "subject_id"], name="study_researcher_once")]


class StudyText(models.Model):
    """One version of what participants agree to. It is never edited."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="texts")
    version = models.PositiveIntegerField()
    text = models.TextField()
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "study_text"
        constraints = [models.UniqueConstraint(fields=["study", "version"], name="study_text_version")]


class Enrolment(models.Model):
    """Somebody who takes part. `consent` is the statement that they signed; `wish` what shall become of earlier
    releases after they withdrew: "keep", "erase", or "" where they did not say.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="enrolments")
    subject_id = models.UUIDField(db_index=True)
    grant_id = models.UUIDField(unique=True)
    pseudonym = models.CharField(max_length=12)
    version = models.PositiveIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    consent = models.BinaryField()
    at = models.DateTimeField(default=clock.now)
    wish = models.CharField(max_length=5, blank=True, default="")

    class Meta:
        db_table = "study_enrolment"
        constraints = [models.UniqueConstraint(fields=["study", "pseudonym"], name="study_pseudonym")]


class Release(models.Model):
    """One handing over. `pseudonyms` are those inside; who ordered it and of whom, its `Order` says.

    `entry` is the study's own signature over the ledger's line (see `entries`).
    `sealed` is the archive under the researcher's age key, empty until it is built and after a withdrawal that asked
    for it; `hash` is its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    order = models.BinaryField(default=b"")
    entry = models.BinaryField(default=b"")
    state = models.CharField(max_length=12, default="queued")
    ordered_at = models.DateTimeField(default=clock.now)
    taken_at = models.DateTimeField(null=True)
    built_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    pseudonyms = models.TextField(blank=True, default="")
    hash = models.BinaryField(max_length=32, default=b"")
    sealed = models.BinaryField(default=b"")

    class Meta:
        db_table = "study_release"
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="study_release_number")]


class Order(models.Model):
    """Who ordered a release: the statement that they signed, which names the grants. It goes with its researcher."""

    release = models.OneToOneField(Release, on_delete=models.CASCADE, primary_key=True, related_name="ordered")
    subject_id = models.UUIDField(db_index=True)
    statement = models.BinaryField()

    class Meta:
        db_table = "study_order"


class Message(models.Model):
    """What a researcher wrote to a participant: an inbox item, which the participant's keys alone open."""

    id = models.UUIDField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="messages")
    sealed_key = models.BinaryField()
    sealed = models.BinaryField()
    signature = models.BinaryField()
    seen = models.BooleanField(default=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "study_message"
