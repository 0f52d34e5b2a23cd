from django.apps import AppConfig


class AdminConfig(AppConfig):
    name = "nutshell.admin"
    label = "console"
