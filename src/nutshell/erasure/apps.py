from django.apps import AppConfig


class ErasureConfig(AppConfig):
    name = "nutshell.erasure"
    label = "erasure"
