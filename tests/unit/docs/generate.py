"""Writes what in docs/ follows from the code: `python -m tests.unit.docs.generate`.

A page keeps its own words; what stands between its two marks is made by one function here. tests/unit/docs compares.
"""

import argparse
import re
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import tests.conftest  # noqa: F401 - sets Django up for the tests
from tests import claims
from tests.unit.docs import inventory

from nutshell.api.routing import Route
from nutshell.api.urls import ROUTES
from nutshell.common import errors
from nutshell.ops import command, config
from nutshell.vault.keys import ALONG
from nutshell.web import urls as pages

ROOT = Path("docs")
BEGIN = "<!-- begin: written by `python -m tests.unit.docs.generate` -->\n"
END = "<!-- end -->\n"


def written(path: Path) -> str:
    """The page with its marked part made anew. Raises ValueError for a page without marks."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no marks")
    return before + BEGIN + PAGES[path]() + END + after


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    columns = head.count("|") + 1
    lines = [f"| {head} |", "|" + "---|" * columns, *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines) + "\n"


# ---------- settings and errors ----------


def settings() -> str:
    return table("name | default | meaning", map(_setting, config.SETTINGS))


def _setting(one: config.Setting) -> tuple[str, str, str]:
    secret = " It may carry a password: the doctor does not show it." if one.secret else ""
    return f"`{one.name}`", f"`{one.default}`" if one.default else "", one.meaning + secret


WIDER = {
    "method-not-allowed": ("405", "This address does not take that method. The header `Allow` names those it takes."),
    "internal": ("500", "Something that nobody foresaw. The answer carries a code that also stands in the log."),
}
"""What the JSON door says besides the family of errors."""


def error_codes() -> str:
    kinds = sorted(errors.NutshellError.__subclasses__(), key=lambda kind: (kind.status, kind.code))
    wider = [(f"`{code}`", status, "", text) for code, (status, text) in WIDER.items()]
    return table("code | status | sentence | when", [*map(_error, kinds), *wider])


def _error(kind: type[errors.NutshellError]) -> tuple[str, str, str, str]:
    return f"`{kind.code}`", str(kind.status), kind.sentence, " ".join((kind.__doc__ or "").split())


# ---------- the API ----------

CALLERS = {
    "anyone": "anybody",
    "bearer": "token or session",
    "session": "session only",
    "frozen": "session only, also of a frozen account",
}


def api() -> str:
    along = table("a scope of | also opens", ((name, ", ".join(others)) for name, others in ALONG.items()))
    overview = table("method and path | who | scope | does", map(_overview, ROUTES))
    return "\n".join((overview, along, *map(_route, ROUTES)))


def _overview(route: Route) -> tuple[str, str, str, str]:
    scope = f"`{route.scope}`" if route.scope else ""
    return f"`{route.method} {route.path}`", CALLERS[route.caller], scope, route.summary


def _route(route: Route) -> str:
    lines = [_query(*one) for one in route.query]
    lines += [f"- Header `{name}`: {why}" for name, why in route.headers]
    lines += [f"- Takes {_names(route.takes)}."] if route.takes is not None else []
    lines += [f"- Answers {route.status}" + (f", {_names(route.answers)}." if route.answers is not None else ".")]
    return f"## `{route.method} {route.path}`\n\n{route.summary}.\n\n" + "\n".join(lines) + "\n"


def _query(name: str, _kind: str, why: str) -> str:
    return f"- Query `{name.rstrip('!')}`{' (needed)' if name.endswith('!') else ''}: {why}."


def _names(kind: object) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(f"`{getattr(one, '__name__', one)}`" for one in kinds)


# ---------- pages ----------


def page_list() -> str:
    rows = [(f"`/{_address(str(one.pattern))}`", f"`{one.name}`", _who(str(one.name))) for one in pages.urlpatterns]
    return table("address | name | who", rows)


def _address(pattern: str) -> str:
    return re.sub(r"<\w+:(\w+)>", r"{\1}", pattern)


def _who(name: str) -> str:
    if name in pages.PUBLIC:
        return "anybody"
    return "signed in, before consent too" if name in pages.BEFORE_KEYS else "signed in"


# ---------- commands ----------


def commands() -> str:
    return table("command | does", [row for one in command.SUBCOMMANDS for row in _command(one)])


def _command(one: command.Subcommand) -> list[tuple[str, str]]:
    parser = argparse.ArgumentParser(prog=f"nutshell {one.name}")
    import_module(f"nutshell.ops.{one.module}").configure(parser)
    return [(_usage(below), _does(below, text or one.help)) for below, text in _below(parser)]


def _below(parser: argparse.ArgumentParser) -> list[tuple[argparse.ArgumentParser, str]]:
    """The parser itself, or each of its subcommands with its help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            return [(found, helps[name]) for name, found in action.choices.items()]
    return [(parser, "")]


def _usage(parser: argparse.ArgumentParser) -> str:
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    return f"`{usage.replace(' [-h]', '')}`"


def _does(parser: argparse.ArgumentParser, text: str) -> str:
    options = [f"`{_name(one)}`: {one.help}" for one in parser._actions if one.help and one.dest != "help"]
    return ". ".join([text, *options])


def _name(action: argparse.Action) -> str:
    return action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)


# ---------- SECURITY.md ----------


def promises() -> str:
    found = claims.load()
    rows = ((f"`{one.id}`", _claim(one), one.kind, _code(one.where), _tests(one.tests)) for one in found.claim)
    later = ((f"`{one.id}`", one.why) for one in found.later)
    return "\n".join(
        (
            table("id | claim | kept by | code | tests", rows),
            "### Not part of this version\n",
            table("id | what", later),
        )
    )


def _claim(one: claims.Claim) -> str:
    figure, limit = f"**{one.figure}**" if one.figure else "", f"*Limit: {one.limit}*" if one.limit else ""
    return " ".join(part for part in (one.claim, figure, limit) if part)


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
    Path("SECURITY.md"): promises,
}
"""What makes the marked part of each page."""


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(written(path))
        print(path)
