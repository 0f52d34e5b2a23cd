"""Writes the pages of docs/ that follow from the code: `python -m tests.unit.docs.generate`.

Each page is one function that gives its whole text; tests/unit/docs compares the files with them.
"""

import argparse
import re
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import tests.conftest  # noqa: F401 - sets Django up for the tests
from nutshell.api.routing import Route
from nutshell.api.urls import ROUTES
from nutshell.common import errors
from nutshell.ops import command, config
from nutshell.web import urls as pages
from tests import claims
from tests.unit.docs import inventory

ROOT = Path("docs")
NOTICE = "<!-- Written by `python -m tests.unit.docs.generate`; a test compares it with the code. -->\n"
BEGIN, END = "<!-- claims: begin -->\n", "<!-- claims: end -->\n"


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    columns = head.count("|") + 1
    lines = [f"| {head} |", "|" + "---|" * columns, *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines) + "\n"


# ---------- settings ----------


def settings() -> str:
    rows = ((f"`{one.name}`", f"`{one.default}`" if one.default else "", one.meaning) for one in config.SETTINGS)
    secret = ", ".join(f"`{one.name}`" for one in config.SETTINGS if one.secret)
    return (
        f"{NOTICE}# Settings\n\n"
        "All come from the environment. `nutshell doctor` says which are set, and what is wrong. A missing or contradictory\n"
        "one stops the start with one sentence. Folders and files are made with modes 0700 and 0600.\n\n"
        + table("name | default | meaning", rows)
        + f"\nThe doctor shows the values of all but these, which carry passwords: {secret}.\n"
    )


# ---------- errors ----------

WIDER = {
    "method-not-allowed": ("405", "This address does not take that method. The header `Allow` names those it takes."),
    "internal": ("500", "Something that nobody foresaw. The answer carries a code that also stands in the log."),
}
"""What the JSON door says besides the family of errors."""


def error_classes() -> list[type[errors.NutshellError]]:
    return sorted(errors.NutshellError.__subclasses__(), key=lambda kind: (kind.status, kind.code))


def error_codes() -> str:
    rows = [(f"`{kind.code}`", str(kind.status), kind.sentence, _first(kind.__doc__)) for kind in error_classes()]
    wider = [(f"`{code}`", status, "", text) for code, (status, text) in WIDER.items()]
    return (
        f"{NOTICE}# Errors\n\n"
        "The JSON API answers an error as a problem document (RFC 9457): `type` is the code, `title` the sentence below,\n"
        "`detail` one sentence that says what to do, `fields` a sentence for each field that is wrong. Pages show the\n"
        "sentence. Nothing in an error carries a key or health data. The list is closed.\n\n"
        + table("code | status | sentence | when", rows + wider)
        + "\nBefore a request reaches the product, Caddy answers by itself: 403 for the API over plain HTTP, 413 above 4 MB, 421\n"
        "for the API under another host name, 502 when no process serves.\n"
    )


def _first(text: str | None) -> str:
    return " ".join((text or "").split())


# ---------- the API ----------

CALLERS = {"anyone": "anybody", "bearer": "token or session", "session": "session only"}


def api() -> str:
    head = (
        f"{NOTICE}# The JSON API\n\n"
        "All under `/api/v1`. The machine's copy, with every field, is `/api/v1/openapi.json` (OpenAPI 3.1). A *token* is sent as\n"
        "`Authorization: Bearer nutshell_…`; a *session* is an app's `X-Session-Token` (from `/api/auth/`, django-allauth's headless\n"
        "API) or the browser's cookie with its form token. Errors: [errors](errors.md).\n\n"
        "A scope is `all`, or a collection with `:read` or `:write`; to write is also to read. A scope brings the keys along that its\n"
        "work needs: " + _along() + ".\n\n"
    )
    overview = table(
        "method and path | who | scope | does",
        ((f"`{one.method} {one.path}`", CALLERS[one.caller], _scope(one), one.summary) for one in ROUTES),
    )
    return head + overview + "\n" + "\n".join(map(_route, ROUTES))


def _along() -> str:
    from nutshell.vault.keys import ALONG

    return "; ".join(f"`{name}` reads {', '.join(others)}" for name, others in ALONG.items())


def _scope(route: Route) -> str:
    return f"`{route.scope}`" if route.scope else ""


def _route(route: Route) -> str:
    lines = [
        f"- Query: `{name.rstrip('!')}`{' (needed)' if name.endswith('!') else ''}: {why}."
        for name, _, why in route.query
    ]
    lines += [f"- Header `{name}`: {why}" for name, why in route.headers]
    lines += [f"- Takes {_names(route.takes)}."] if route.takes is not None else []
    lines += [f"- Answers {route.status}" + (f", {_names(route.answers)}." if route.answers is not None else ".")]
    return f"## `{route.method} {route.path}`\n\n{route.summary}.\n\n" + "\n".join(lines) + "\n"


def _names(kind: object) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(f"`{getattr(one, '__name__', one)}`" for one in kinds)


# ---------- pages ----------


def page_list() -> str:
    rows = [(f"`/{_address(one)}`", f"`{one.name}`", _who(str(one.name))) for one in pages.urlpatterns]
    return (
        f"{NOTICE}# Pages\n\n"
        "The addresses of the web door. Everything asks for a sign-in and for consent unless it says otherwise; sign-in, factors\n"
        "and passwords are django-allauth's pages under `/account/`.\n\n" + table("address | name | who", rows)
    )


def _address(pattern: object) -> str:
    return re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))  # type: ignore[attr-defined]


def _who(name: str) -> str:
    if name in pages.PUBLIC:
        return "anybody"
    return "signed in, before consent too" if name in pages.BEFORE_KEYS else "signed in"


# ---------- commands ----------


def commands() -> str:
    parts = [line for one in command.SUBCOMMANDS for line in _command(one)]
    return (
        f"{NOTICE}# Commands\n\n"
        "Every command has `--help`. Exit status: 0 done, 1 it could not be done (one sentence on standard error), 2 the command\n"
        "line is wrong. Commands that need the key store say so when `nutshell up` does not run.\n\n"
        + table("command | does", parts)
        + "\nWhile `nutshell up` runs, SIGHUP makes it look at its certificates at once instead of within the hour, and SIGINT or\n"
        "SIGTERM ends it in good order.\n"
    )


def _command(one: command.Subcommand) -> list[tuple[str, str]]:
    parser = argparse.ArgumentParser(prog=f"nutshell {one.name}")
    import_module(f"nutshell.ops.{one.module}").configure(parser)
    return [_usage(parser, one.help, *below) for below in _below(parser)]


def _below(parser: argparse.ArgumentParser) -> list[tuple[argparse.ArgumentParser, str]]:
    """The parser itself, or each of its subcommands with its help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            return [(found, helps[name]) for name, found in action.choices.items()]
    return [(parser, "")]


def _usage(_parent: argparse.ArgumentParser, text: str, parser: argparse.ArgumentParser, own: str) -> tuple[str, str]:
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split()).replace(" [-h]", "").replace("|", "\\|")
    options = [f"`{_name(one)}`: {one.help}" for one in parser._actions if one.help and one.dest != "help"]
    return f"`{usage}`", ". ".join([own or text, *options])


def _name(action: argparse.Action) -> str:
    return action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)


# ---------- SECURITY.md ----------


def security() -> str:
    """The page as it stands, with its table of claims made anew."""
    before, _, rest = Path("SECURITY.md").read_text().partition(BEGIN)
    return before + BEGIN + _claims(claims.load()) + END + rest.partition(END)[2]


def _claims(all_: claims.Claims) -> str:
    rows = [(f"`{one.id}`", _claimed(one), one.kind, _code(one.where), _tests(one.tests)) for one in all_.claim]
    later = [(f"`{one.id}`", one.why) for one in all_.later]
    return (
        table("id | claim | kept by | code | tests", rows)
        + "\n### Not part of this version\n\n"
        + table("id | what", later)
    )


def _claimed(one: claims.Claim) -> str:
    parts = [one.claim, f"**{one.figure}**" if one.figure else "", f"*Limit: {one.limit}*" if one.limit else ""]
    return " ".join(part for part in parts if part)


def _code(places: Iterable[str]) -> str:
    return "<br>".join(f"`{place.removeprefix('src/nutshell/')}`" for place in places)


def _tests(cited: Iterable[str]) -> str:
    return "<br>".join(f"`{one.removeprefix('tests/')}`" for one in cited)


PAGES: dict[Path, Callable[[], str]] = {
    ROOT / "reference" / "settings.md": settings,
    ROOT / "reference" / "errors.md": error_codes,
    ROOT / "reference" / "api.md": api,
    ROOT / "reference" / "pages.md": page_list,
    ROOT / "reference" / "commands.md": commands,
    ROOT / "data-inventory.md": inventory.page,
    Path("SECURITY.md"): security,
}


if __name__ == "__main__":
    for path, text in PAGES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text())
        print(path)
