"""One process over the three database files: `python on_files.py make|erase|start|read FOLDER`."""

import json
import os
import sys
from pathlib import Path
from uuid import UUID

ACT, FOLDER = sys.argv[1], Path(sys.argv[2])
sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ |= {"NUTSHELL_DATA": str(FOLDER), "NUTSHELL_ROLE": "test", "DJANGO_SETTINGS_MODULE": "nutshell.settings"}

import django  # noqa: E402

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

from nutshell.common import errors  # noqa: E402
from nutshell.envelope import people  # noqa: E402
from nutshell.erasure import actions as erasure  # noqa: E402
from nutshell.vault import installation, queries  # noqa: E402
from nutshell.vault.keystore import service  # noqa: E402
from nutshell.vault.keystore.core import Core  # noqa: E402
from nutshell.vault.keystore.kms import KeyFile  # noqa: E402
from nutshell.vault.keystore.tombstones import Tombstones  # noqa: E402
from security.keystore_in_process import InProcess, started  # noqa: E402
from security.people_and_vaults import MONDAY, Person, new_person  # noqa: E402


def make() -> dict[str, str]:
    for alias in ("default", "records", "keys"):
        call_command("migrate", database=alias, verbosity=0)
    installation.configure(InProcess(started(FOLDER / "keystore")))
    made = {}
    for name in ("alice", "bob"):
        person = new_person()
        get_user_model().objects.create(password="!", subject_id=person.subject)
        person.write(MONDAY, name.encode())
        made[name] = f"{person.subject} {people.pack(person.bundle).hex()}"
    return made


def connected() -> None:
    core = Core(KeyFile(FOLDER / "keystore" / "kms.key"), Tombstones(FOLDER / "keystore" / "tombstones"))
    service.prepare(core)
    installation.configure(InProcess(core))


def erase(subject: UUID, bundle: str) -> None:
    erasure.close_account(subject, people.unpack(bytes.fromhex(bundle)))


def read(state: dict[str, str]) -> dict[str, str]:
    """What the server opens for each of them by the server's slot."""
    found = {}
    for name, text in state.items():
        subject = UUID(text.split()[0])
        try:
            bundle = queries.open_by_server_slot(subject, "login")
            found[name] = (Person(subject, bundle).read(MONDAY) or b"").decode()
        except errors.NotFound:
            found[name] = ""
    return found


def main() -> None:
    (FOLDER / "keystore").mkdir(exist_ok=True)
    if ACT == "make":
        print(json.dumps(make()))
        return
    connected()
    state = json.loads(sys.stdin.read())
    if ACT == "erase":
        subject, bundle = state["alice"].split()
        erase(UUID(subject), bundle)
    if ACT == "start":
        erasure.prepare_start()
    print(json.dumps(read(state)))


main()
