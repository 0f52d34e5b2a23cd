from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    name = "nutshell.operators"
    label = "operators"
