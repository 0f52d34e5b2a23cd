"""Sentences of django-allauth that people read on our pages, for translations in our own voice.

Marked here they stand in our catalogs, which go before those of django-allauth.
"""

from nutshell.common.texts import N_

SENTENCES = (
    N_("Be patient, you are sending too many requests."),
    N_("Incorrect code."),
    N_("Incorrect password."),
    N_("Invalid or expired key."),
    N_("Please type your current password."),
    N_("The email address and/or password you specified are not correct."),
    N_("The new value must be different from the current one."),
    N_("The password reset token was invalid."),
    N_("This account is currently inactive."),
    N_("This email address is already associated with this account."),
    N_("Too many failed login attempts. Try again later."),
    N_("You cannot activate two-factor authentication until you have verified your email address."),
    N_("You cannot add an email address to an account protected by two-factor authentication."),
    N_("You cannot generate recovery codes without having two-factor authentication enabled."),
    N_("You cannot remove your primary email address."),
    N_("You must type the same password each time."),
    N_("Your primary email address must be verified."),
)
