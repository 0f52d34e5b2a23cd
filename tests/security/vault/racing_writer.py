"""One of several processes that write to the same day: `python racing_writer.py SUBJECT NAME COUNT < bundle`.

Prints one line for each write that was answered, so that a killed writer's acknowledged writes are known.
"""

import sys
from uuid import UUID

import django

django.setup()

from nutshell.envelope import people  # noqa: E402
from nutshell.vault.keys import OwnerKeys  # noqa: E402
from nutshell.vault.records import Vault  # noqa: E402
from nutshell.vault.types import Address  # noqa: E402

MONDAY = Address("diary", "2026-11", "2026-11-23")


def main() -> None:
    subject, name, count = UUID(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    keys = OwnerKeys(people.unpack(sys.stdin.buffer.read()))
    for number in range(count):
        entry = f"{name}-{number}\n".encode()
        Vault(subject, subject, keys).change([MONDAY], lambda old, entry=entry: [(old[0] or b"") + entry])
        print(entry.decode().strip(), flush=True)


main()
