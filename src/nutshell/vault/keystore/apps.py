from django.apps import AppConfig

from nutshell.envelope import selftest


class KeyStoreConfig(AppConfig):
    """Tables of the `keys` database. Only the key store process connects to it."""

    name = "nutshell.vault.keystore"
    label = "keystore"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        selftest.check()
