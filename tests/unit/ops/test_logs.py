"""inv-I17: logs hold no paths, no addresses and no words of an exception."""

import logging
import sys
from types import SimpleNamespace

from nutshell.ops.logs import Formatter, logging_config

CANARY = "zebra-marmalade"


def line(name: str, message: str, *arguments: object, **extra: object) -> str:
    record = logging.getLogger(name).makeRecord(name, logging.WARNING, "/x/y.py", 7, message, arguments, None, "act")
    record.__dict__.update(extra)
    return Formatter().format(record)


def test_a_request_is_named_by_its_route_template() -> None:
    request = SimpleNamespace(
        method="GET", path=f"/foods/{CANARY}", resolver_match=SimpleNamespace(route="foods/<str:food>")
    )
    text = line("django.request", "Not Found: %s", request.path, request=request, status_code=404)
    assert CANARY not in text
    assert "GET /foods/<str:food> 404" in text


def test_a_request_without_a_route_keeps_its_path_to_itself() -> None:
    request = SimpleNamespace(method="GET", path=f"/{CANARY}", resolver_match=None)
    text = line("django.request", f"Not Found: /{CANARY}", request=request, status_code=404)
    assert CANARY not in text
    assert "(no route)" in text


def test_the_words_of_other_libraries_are_not_written() -> None:
    text = line("django.security.DisallowedHost", f"Invalid HTTP_HOST header: '{CANARY}'")
    assert CANARY not in text
    assert "django.security.DisallowedHost act:7" in text


def test_an_exception_is_named_by_type_and_place_only() -> None:
    try:
        raise ValueError(f"cannot parse {CANARY}")
    except ValueError:
        record = logging.getLogger("nutshell.x").makeRecord(
            "nutshell.x", logging.ERROR, "f.py", 1, "a task failed", (), sys.exc_info()
        )
    text = Formatter().format(record)
    assert CANARY not in text
    assert "a task failed ValueError at ops/test_logs.py:" in text
    assert "\n" not in text


def test_every_logger_leads_to_this_formatter() -> None:
    config = logging_config()
    assert config["formatters"]["plain"]["()"] is Formatter
    assert all(not logger.get("handlers") for logger in config["loggers"].values())
    assert config["root"]["handlers"] == ["stderr"]
