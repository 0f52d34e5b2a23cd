from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit trail, in the `default` (accounts) database."""

    name = "nutshell.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
