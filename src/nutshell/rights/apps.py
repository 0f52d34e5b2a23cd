from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "nutshell.rights"
    label = "rights"
