"""The one error family of Nutshell: a sentence for the person, a code for the machine.

Rooms raise these; only the doors turn them into pages or problem documents. The sentence is an
English message id (the doors translate it), `params` fill its `%(name)s` places. Nothing in an
error ever carries a key, a secret or health data. The list is closed: a test compares it with
`docs/reference/errors.md`.
"""

from collections.abc import Mapping

from nutshell.common.texts import N_


class NutshellError(Exception):
    """Base of all expected failures. `code` and `status` are the machine's, `sentence` the person's."""

    code = "error"
    status = 400
    sentence = N_("Something in this request is not right.")

    def __init__(self, sentence: str | None = None, **params: object) -> None:
        self.sentence = sentence or type(self).sentence
        self.params = params
        super().__init__(self.code)


class InvalidInput(NutshellError):
    """Bad input, found at the edge. `fields` maps a field's name to one sentence about it."""

    code = "invalid-input"
    status = 422
    sentence = N_("Please correct what is marked.")

    def __init__(self, fields: Mapping[str, str], sentence: str | None = None, **params: object) -> None:
        super().__init__(sentence, **params)
        self.fields = dict(fields)


class Malformed(NutshellError):
    """The request cannot be read at all: not JSON, not UTF-8, too deep, too large."""

    code = "malformed"
    status = 400
    sentence = N_("This request could not be read.")


class SignedOut(NutshellError):
    """No valid session or token, or its day's secret is gone."""

    code = "signed-out"
    status = 401
    sentence = N_("Please sign in.")


class StepUpRequired(NutshellError):
    """The act needs a fresh re-authentication."""

    code = "step-up-required"
    status = 401
    sentence = N_("Please confirm that it is you, then try again.")


class ConsentRequired(NutshellError):
    """Health data consent is missing, so the person has no keys yet."""

    code = "consent-required"
    status = 403
    sentence = N_("Nutshell needs your consent before it can keep health data.")


class Sealed(NutshellError):
    """A sealed account in a session that has not opened it yet."""

    code = "sealed"
    status = 403
    sentence = N_("Your account is sealed. Open it with your password, a passkey or your recovery code.")


class Frozen(NutshellError):
    """The account waits for its removal, or its owner restricted it. Only its owner reads this."""

    code = "frozen"
    status = 403
    sentence = N_("Your account is frozen. Sign in to see why, and to take that back.")


class Forbidden(NutshellError):
    """The caller's own token lacks a scope, or their role in a clinic. For other people's data: `NotFound`."""

    code = "forbidden"
    status = 403
    sentence = N_("This token does not reach that.")


class NotFound(NutshellError):
    """Absent, or not for you: the two read alike."""

    code = "not-found"
    status = 404
    sentence = N_("There is nothing here.")


class NoLongerShared(NutshellError):
    """Somebody's grant to the caller has ended, or is paused. Only who once had access reads this."""

    code = "no-longer-shared"
    status = 403
    sentence = N_("This is no longer shared with you.")


class Conflict(NutshellError):
    """Somebody else changed it first and the change cannot be merged."""

    code = "conflict"
    status = 409
    sentence = N_("This was changed meanwhile. Look at it again, then repeat your change.")


class PreconditionFailed(NutshellError):
    """A conditional write whose `If-Match` names an older version."""

    code = "precondition-failed"
    status = 412
    sentence = N_("This was changed meanwhile. Read it again before you write.")


class TooLarge(NutshellError):
    """The request or the record would pass its size limit."""

    code = "too-large"
    status = 413
    sentence = N_("This is larger than can be kept.")


class TooMany(NutshellError):
    """A rate limit was reached."""

    code = "too-many"
    status = 429
    sentence = N_("Too many tries. Wait a little, then try again.")


class Tampered(NutshellError):
    """A stored thing does not match its seal, version or manifest. Nothing of it is shown."""

    code = "tampered"
    status = 409
    sentence = N_("Some stored data does not match its seal, so it is not shown. Ask support before you go on.")


RETRY_SECONDS = 60
"""When to try again what is not available, as the sentence says."""


class Unavailable(NutshellError):
    """A part that is needed (key store, audit) cannot be reached. Fails closed."""

    code = "unavailable"
    status = 503
    sentence = N_("A part of Nutshell is not reachable right now. Nothing was lost; try again in a minute.")


class ConfigurationError(NutshellError):
    """Missing or contradictory settings. Only the operator sees it."""

    code = "configuration"
    status = 500
    sentence = N_("The configuration is not right.")


class WrongSetting(NutshellError):
    """A setting is wrong, missing, or at odds with another. Only the operator sees it; commands then end with 2."""

    code = "setting"
    status = 500
    sentence = N_("The configuration is not right.")
