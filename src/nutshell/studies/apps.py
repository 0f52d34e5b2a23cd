from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "nutshell.studies"
    label = "studies"
