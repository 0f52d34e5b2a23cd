from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "nutshell.studies"
    label = "studies"

    def ready(self) -> None:
        from nutshell.vault import rekeying

        from . import following

        rekeying.follow(following.after_rekey)
