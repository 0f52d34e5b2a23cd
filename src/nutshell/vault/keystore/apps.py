from django.apps import AppConfig


class KeyStoreConfig(AppConfig):
    """Tables of the `keys` database. Only the key store process connects to it."""

    name = "nutshell.vault.keystore"
    label = "keystore"
    default_auto_field = "django.db.models.BigAutoField"
