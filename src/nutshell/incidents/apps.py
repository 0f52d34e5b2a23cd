from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "nutshell.incidents"
    label = "incidents"
