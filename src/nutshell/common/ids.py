"""Identifiers. All are random UUIDs made by the writer, so that devices and retries merge by id."""

from uuid import UUID, uuid4


def new_id() -> UUID:
    return uuid4()


def parse_id(text: str) -> UUID:
    """A UUID in its canonical text form. Raises ValueError otherwise."""
    value = UUID(text)
    if str(value) != text.lower():
        raise ValueError("not a UUID in canonical form")
    return value
