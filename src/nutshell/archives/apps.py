from django.apps import AppConfig


class ArchivesConfig(AppConfig):
    name = "nutshell.archives"
    label = "archives"
