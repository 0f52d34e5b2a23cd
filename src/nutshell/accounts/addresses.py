"""Which address an account really has: a mark in its row, which nobody makes who can only write tables.

allauth keeps addresses in a table of its own, whose rows name the account. Somebody who writes that table could point
another address at an account and have a reset mailed there. The mark is a keyed hash over the account's anchor and
the address that was typed at sign-up or confirmed by a code since; mail that carries a way in goes to no other.
"""

from nutshell.vault import fields

from .models import User

_LABEL = "address"


def bind(user: User, email: str) -> None:
    """This is the account's address now. Call it where the person proved it, or the operator vouches."""
    user.address_mark = fields.handle(_LABEL, _bound(user, email))
    user.save(update_fields=["address_mark"])


def belongs(user: User, email: str) -> bool:
    return bytes(user.address_mark) in fields.handles(_LABEL, _bound(user, email))


def _bound(user: User, email: str) -> bytes:
    return user.anchor.bytes + email.lower().encode()
