from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "nutshell.activity"
    label = "activity"
