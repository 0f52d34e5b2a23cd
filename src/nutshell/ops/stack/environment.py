"""What each part of an installation is told: its own settings and nobody else's, in the trial and in production."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import plan, postgresql
from .plan import Plan

PASSWORDS = (*plan.roles(), "mail")
"""Whose there are: each database role's, and the mail server's."""


@dataclass(frozen=True)
class Means:
    """What a part's settings are made of besides the plan. `passwords` by role; `pki` where its certificates lie."""

    pki: Path
    passwords: Mapping[str, str]
    kms: str
    mail: Mapping[str, str]
    """The settings that say where mail goes."""


def settings_of(part: str, of: Plan, means: Means) -> dict[str, str]:
    """Without what every part is told. A load balancer and the servers need none."""
    if part in ("lb", *plan.SERVERS):
        return {}
    if part == "keys":
        return {"NUTSHELL_ROLE": "keys", "NUTSHELL_KEYS_URL": _url("keys", part, of, means), "NUTSHELL_KMS": means.kms}
    found = {
        "NUTSHELL_ROLE": "web",
        "NUTSHELL_ACCOUNTS_URL": _url("accounts", part, of, means),
        "NUTSHELL_RECORDS_URL": _url("records", part, of, means),
        **means.mail,
    }
    if part.startswith("web-"):
        found["NUTSHELL_NODE"] = f"node-{part.removeprefix('web-')}"
    if part == "backup":
        for name in means.mail.keys() - {"NUTSHELL_MAIL_FROM"}:
            del found[name]
    if part == "operator":
        found["NUTSHELL_KMS"] = means.kms
    return found


def _url(database: str, part: str, of: Plan, means: Means) -> str:
    place = of.places[plan.DATABASES[database]]
    role = plan.role_of(database, plan.use_of(part))
    return postgresql.url(database, role, place, means.passwords[role], means.pki)
