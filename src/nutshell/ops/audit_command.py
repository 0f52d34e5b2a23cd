"""`nutshell audit verify`."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from .command import Arguments, django_as
from .key_store import client

if TYPE_CHECKING:
    from nutshell.audit.types import Finding

MEANINGS = {
    "leaf-altered": "a row does not match its hash (place {where})",
    "leaf-missing": "a leaf is missing (place {where})",
    "bodies-missing": "more rows are empty than erasures account for ({where})",
    "head-altered": "the head of the tree does not match its leaves",
    "checkpoints-missing": "the file of checkpoints is missing",
    "checkpoint-unsigned": "a checkpoint's signature is wrong (line {where})",
    "checkpoint-unreadable": "the file of checkpoints cannot be read (line {where})",
    "truncated": "the tree is shorter than a checkpoint says (line {where})",
    "forked": "the tree is another one than a checkpoint says (line {where})",
}


def configure(parser: ArgumentParser) -> None:
    choices = parser.add_subparsers(metavar="verify", required=True)
    text = "Recompute the audit tree and compare it with every checkpoint kept outside the databases."
    choices.add_parser("verify", help=text[0].lower() + text[1:-1], description=text).set_defaults(run=_run)


def _run(_arguments: Arguments) -> int:
    django_as("cli")
    from django.conf import settings

    from nutshell.audit.verification import verify

    findings = verify(client(settings.NUTSHELL, "operator"), settings.NUTSHELL.checkpoints)
    for finding in findings:
        print(f"wrong: {meaning(finding)}")
    print("The audit trail is whole." if not findings else f"{len(findings)} findings.")
    return 1 if findings else 0


def meaning(finding: "Finding") -> str:
    """One line for the operator."""
    return MEANINGS.get(finding.code, finding.code).format(where=finding.where)
