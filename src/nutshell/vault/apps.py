from django.apps import AppConfig

from nutshell.envelope import selftest


class VaultConfig(AppConfig):
    """The vault, in the `records` database. No process that has it starts with an envelope that is not ours."""

    name = "nutshell.vault"
    label = "vault"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        selftest.check()
