"""Why an envelope did not open. Never says more than that: no oracle, no key, no plaintext."""


class EnvelopeError(Exception):
    """Base of all refusals of this room."""


class NotOpened(EnvelopeError):  # noqa: N818 - says what happened
    """Wrong key, altered bytes, or altered context. The three are not told apart."""


class UnknownFormat(EnvelopeError):  # noqa: N818 - says what happened
    """A version, algorithm or kind that this code does not know. There is no fallback."""
