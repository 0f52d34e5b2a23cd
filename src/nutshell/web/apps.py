"""Installs the HTML door: numbers in its forms are read as its reader writes them."""

from django.apps import AppConfig
from django.utils.formats import get_format

from nutshell.forms import numbers


class WebConfig(AppConfig):
    name = "nutshell.web"

    def ready(self) -> None:
        numbers.use_decimal_sign(lambda: str(get_format("DECIMAL_SEPARATOR")))
