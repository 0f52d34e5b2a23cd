"""Whoever holds a client's shelf keys and can write tables: a manifest is believed under the right chain alone."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import msgspec
import pytest

from nutshell.common import clock, errors
from nutshell.common.ids import new_id
from nutshell.envelope import signing, statements
from nutshell.vault.models import Grant, Keyring
from nutshell.vault.sharing import clinics, errands, notes, rows
from nutshell.vault.sharing.grantee import RingKeys
from nutshell.vault.types import CLINICAL, Address
from security.clinics.people import NOVEMBER, Clinic, granted, hand, keys_of, new_clinic, shared, vault_of
from security.keystore_in_process import InProcess
from security.people_and_vaults import MONDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)


class Story:
    """Ben is a clinician and Cleo an assistant of a clinic that Dora lets write; Ben works at another clinic, too."""

    def __init__(self) -> None:
        self.clinic, self.other = new_clinic(), new_clinic()
        self.ben, self.cleo, self.dora, self.erik = (new_person() for _ in range(4))
        self.bens = self.clinic.take(self.ben, "clinician")
        self.cleos = self.clinic.take(self.cleo, "assistant")
        self.elsewhere = self.other.take(self.ben, "clinician")
        self.dora.write(MONDAY, b"Dora's")
        self.grant = shared(self.dora, self.clinic)
        self.others = shared(self.dora, self.other)

    def keys(self) -> RingKeys:
        return keys_of(self.clinic, self.ben, self.bens, self.dora, self.grant)

    def writes(self, keys: RingKeys, content: bytes = b"theirs") -> None:
        vault_of(self.dora, self.ben, keys).change([MONDAY], lambda _: [content])

    def word(self) -> bytes:
        """Dora's on the clinic's key."""
        return bytes(granted(self.dora, self.grant).certificate)

    def certificate(self, clinic: Clinic, membership: UUID) -> bytes:
        row = rows.grant_of(clinic.subject, membership)
        assert row is not None
        return bytes(row.certificate)


@pytest.fixture
def story(keystore: InProcess) -> Story:
    return Story()


def self_made(by: Person, about: bytes, grant: UUID) -> bytes:
    now = int(clock.now().timestamp())
    return statements.sign(by.bundle.signing, "certify-writer", by.subject, about, now, grant.bytes)


def is_believed(story: Story) -> bool:
    try:
        found = story.dora.read(MONDAY)
    except errors.Tampered:
        return False
    return found == b"theirs"


def test_what_a_member_signs_under_both_words_is_believed(story: Story) -> None:
    story.writes(story.keys())
    assert is_believed(story)
    other = keys_of(story.other, story.ben, story.elsewhere, story.dora, story.others)
    assert vault_of(story.dora, story.ben, other).read([MONDAY])[0].content == b"theirs"


Forged = Callable[[Story], tuple[bytes, bytes]]
"""A private signing key, and the certificates that stand beside what it signs."""


def by_ben(story: Story, certificates: bytes) -> tuple[bytes, bytes]:
    return story.ben.bundle.signing, certificates


def mine(story: Story) -> bytes:
    return story.certificate(story.clinic, story.bens)


def bens_own(story: Story, grant: UUID) -> bytes:
    """Ben's word on himself."""
    return self_made(story.ben, signing.public_of(story.ben.bundle.signing), grant)


def by_a_token(story: Story) -> bytes:
    private, now = signing.new_private(), int(clock.now().timestamp())
    dora, ben = story.dora, signing.public_of(story.ben.bundle.signing)
    public = signing.public_of(private)
    token = statements.sign(dora.bundle.signing, "certify-token", dora.subject, public, now, bytes(16))
    second = statements.sign(private, "certify-writer", story.clinic.subject, ben, now, story.bens.bytes)
    return statements.chain(token, second)


def of_another_client(story: Story) -> bytes:
    return bytes(granted(story.erik, shared(story.erik, story.clinic)).certificate)


CHAINS: dict[str, Forged] = {
    "the other clinic's member": lambda story: by_ben(
        story, statements.chain(story.word(), story.certificate(story.other, story.elsewhere))
    ),
    "an assistant": lambda story: (
        story.cleo.bundle.signing, statements.chain(story.word(), story.certificate(story.clinic, story.cleos))
    ),
    "no clinic": lambda story: by_ben(story, statements.chain(story.word(), bens_own(story, story.bens))),
    "the clinic's word alone": lambda story: by_ben(story, mine(story)),
    "only Dora's word": lambda story: by_ben(story, story.word()),
    "a token": lambda story: by_ben(story, by_a_token(story)),
    "himself": lambda story: by_ben(story, statements.chain(bens_own(story, story.grant), mine(story))),
    "two clients": lambda story: by_ben(story, statements.chain(story.word(), story.word())),
    "backwards": lambda story: by_ben(story, statements.chain(mine(story), story.word())),
    "another's key": lambda story: (story.erik.bundle.signing, statements.chain(story.word(), mine(story))),
    "another client's word": lambda story: by_ben(story, statements.chain(of_another_client(story), mine(story))),
    "an unknown format": lambda story: by_ben(story, msgspec.msgpack.encode([2, story.word(), mine(story)])),
    "nothing": lambda story: by_ben(story, b""),
}  # fmt: skip


@pytest.mark.parametrize("what", CHAINS)
def test_no_other_chain_is_believed(story: Story, what: str) -> None:
    keys = story.keys()
    keys.signing, keys.certificate = CHAINS[what](story)
    with suppress(errors.NutshellError):  # whether the writer's own vault refuses it does not matter
        story.writes(keys)
    assert not is_believed(story)
    with pytest.raises(errors.Tampered):
        vault_of(story.dora, story.ben, story.keys()).read([MONDAY])


def test_a_clinic_that_may_only_read_has_no_member_who_writes(story: Story) -> None:
    reading = msgspec.structs.replace(NOVEMBER, mode="read")
    grant = shared(story.erik, story.clinic, terms=reading)
    story.erik.write(MONDAY, b"Erik's")
    rows_before = granted(story.erik, grant)
    assert bytes(rows_before.certificate) == b""
    keys = keys_of(story.clinic, story.ben, story.bens, story.erik, grant)
    keys.certificate = statements.chain(story.word(), story.certificate(story.clinic, story.bens))
    with suppress(errors.NutshellError):
        vault_of(story.erik, story.ben, keys).change([MONDAY], lambda _: [b"theirs"])
    with pytest.raises(errors.Tampered):
        story.erik.read(MONDAY)


def settled(person: Person) -> None:
    errands.run_errands(person.subject, person.bundle, 60.0)


def test_who_left_is_believed_no_more_once_the_client_was_there_and_the_keyring_went(story: Story) -> None:
    """A colleague signs with Ben's key and under Ben's certificates, as rows that were kept have them."""
    story.writes(story.keys(), b"while he was there")
    colleague, kept = new_person(), story.keys().certificate
    membership = story.clinic.take(colleague, "clinician")
    story.clinic.end(story.bens)
    assert story.dora.read(MONDAY) == b"while he was there"
    settled(story.dora)
    assert clinics.sweep_left() == 1
    assert story.dora.read(MONDAY) == b"while he was there"
    keys = keys_of(story.clinic, colleague, membership, story.dora, story.grant)
    vault_of(story.dora, colleague, keys).change([MONDAY], lambda _: [b"the colleague's"])
    assert story.dora.read(MONDAY) == b"the colleague's"
    keys.signing, keys.certificate = story.ben.bundle.signing, kept
    with suppress(errors.NutshellError):
        vault_of(story.dora, colleague, keys).change([MONDAY], lambda _: [b"theirs"])
    with pytest.raises(errors.Tampered):
        story.dora.read(MONDAY)


@pytest.mark.parametrize("back", ["keyring", "state", "statement"])
def test_rows_that_are_put_back_make_nobody_a_writer_of_new_generations(story: Story, back: str) -> None:
    keys = story.keys()
    story.writes(keys, b"while he was there")
    ring = list(Keyring.objects.filter(grant_id=story.bens).values())
    grant = list(Grant.objects.filter(grant_id=story.bens).values())
    story.clinic.end(story.bens)
    settled(story.dora)
    clinics.sweep_left()
    story.dora.write(MONDAY, b"after he left")
    Keyring.objects.bulk_create([Keyring(**one) for one in ring])
    if back != "keyring":
        Grant.objects.filter(grant_id=story.bens).delete()
        Grant.objects.bulk_create([Grant(**one) for one in grant])
    seen = vault_of(story.dora, story.ben, keys)
    with suppress(errors.NutshellError):
        assert seen.read([MONDAY])[0].content != b"after he left"
    with suppress(errors.NutshellError):
        story.writes(keys)
    assert not is_believed(story)
    with pytest.raises(errors.NotFound):
        story.keys()


# ---------- clinical notes ----------


def note_of(person: Person, number: UUID) -> bytes | None:
    return person.read(Address(CLINICAL, "", str(number)))


@pytest.mark.parametrize(
    "what",
    ["as it is", "an assistant's word", "the other clinic's word", "self-made", "another writer", "another item"],
)  # fmt: skip
def test_a_note_is_filed_under_the_clinics_word_on_just_its_member(story: Story, what: str) -> None:
    from nutshell.vault.models import InboxItem

    number = new_id()
    notes.send(hand(story.clinic, story.ben, story.bens), story.keys(), number, b"note")
    row = InboxItem.objects.get(item_id=number)
    by = notes.signed_by(row)
    assert by is not None
    words = {
        "an assistant's word": story.certificate(story.clinic, story.cleos),
        "the other clinic's word": story.certificate(story.other, story.elsewhere),
        "self-made": self_made(story.ben, signing.public_of(story.ben.bundle.signing), story.bens),
    }
    packed = msgspec.msgpack.encode(msgspec.structs.replace(by, word=words.get(what, by.word)))
    changes = {"signature": packed}
    if what == "another writer":
        changes["writer_id"] = story.other.subject
    if what == "another item":
        later = new_id()
        rows_of = InboxItem.objects.filter(item_id=number)
        InboxItem.objects.bulk_create([InboxItem(**(rows_of.values()[0] | {"item_id": later}))])
        rows_of.delete()
        InboxItem.objects.filter(item_id=later).update(item_id=number, subject_id=story.erik.subject)
    else:
        InboxItem.objects.filter(item_id=number).update(**changes)
    settled(story.dora)
    settled(story.erik)
    filed = note_of(story.dora, number)
    assert (filed is not None) == (what == "as it is")
    assert note_of(story.erik, number) is None
    if filed is not None:
        found = msgspec.msgpack.decode(filed, type=notes.Filed)
        assert (found.clinic, found.member, found.payload) == (story.clinic.subject, story.ben.subject, b"note")


def test_a_note_that_is_there_is_changed_by_none_that_bears_its_number(story: Story) -> None:
    number = new_id()
    for text in (b"first", b"second"):
        notes.send(hand(story.clinic, story.ben, story.bens), story.keys(), number, text)
        settled(story.dora)
    filed = note_of(story.dora, number)
    assert filed is not None
    assert msgspec.msgpack.decode(filed, type=notes.Filed).payload == b"first"


def test_no_grant_and_no_token_reaches_clinical_notes(story: Story) -> None:
    from nutshell.grants.policy import GRANTABLE
    from nutshell.vault.types import OF_CLINICS

    assert not {CLINICAL, *OF_CLINICS} & set(GRANTABLE)
    number = new_id()
    notes.send(hand(story.clinic, story.ben, story.bens), story.keys(), number, b"note")
    settled(story.dora)
    with pytest.raises(errors.Forbidden):
        vault_of(story.dora, story.ben, story.keys()).read([Address(CLINICAL, "", str(number))])
