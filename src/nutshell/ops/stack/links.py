"""Who may talk to whom: every connection that a part of an installation begins, and no others.

The firewall of each machine, the networks of containers and docs/how-to/deploy.md follow from this list.
"""

from typing import NamedTuple

from .plan import DATABASES, USES, Plan, use_of


class Link(NamedTuple):
    """A part begins connections to another's place."""

    source: str
    target: str
    why: str


_MAIL = ("web", "worker", "operator")
"""Whose settings name the mail server."""


def links(plan: Plan) -> list[Link]:
    """Between the parts of this plan. The world comes in at the load balancer alone."""
    clients = [part for part in plan.machines if part.partition("-")[0] in ("web", "worker", "operator", "deploy")]
    mailing = [part for part in clients if part.partition("-")[0] in _MAIL]
    return [
        *(Link("lb", web, "requests and health checks") for web in plan.webs),
        *(Link(part, "keys", "openers of slots, each written down first") for part in clients),
        *(link for part in (*clients, "keys") for link in _to_databases(part)),
        Link("backup", DATABASES["records"], "its role of backup"),
        *(Link(part, "mail", "mail") for part in mailing),
        *(Link(part, "kms", "wrapping and unwrapping keys" if part == "keys" else "turning the key") for part in
          ("keys", "operator")),
    ]  # fmt: skip


def _to_databases(part: str) -> list[Link]:
    servers = {server for database, server in DATABASES.items() if use_of(part) in USES[database]}
    return [Link(part, server, f"its role of {use_of(part)}") for server in sorted(servers)]
