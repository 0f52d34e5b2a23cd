"""Environment files: every setting with its meaning, those of this machine set, and where the secret ones belong."""

import re

from nutshell.ops.config import SETTINGS, Setting

from .site import SECRETS, Site

_PLAIN, _SPECIAL = re.compile(r"[\w./:@%+,=-]*", re.ASCII), re.compile(r'["\\`$]')
_HEAD = """\
# Nutshell, {part}: what this machine is told. Made by `nutshell deploy render`: change the inventory, not this file.
# A line that begins with # is a setting as it is without being set.
"""


def part_env(site: Site, part: str) -> str:
    """Without passwords: those stand in a file that only root reads."""
    told, secret = site.open_settings_of(part), site.secret_settings_of(part)
    return _HEAD.format(part=part) + "".join(_explained(one, told, secret) for one in SETTINGS)


def _explained(one: Setting, told: dict[str, str], secret: list[str]) -> str:
    return f"\n# {one.meaning}\n{_line(one, told, secret)}\n"


def _line(one: Setting, told: dict[str, str], secret: list[str]) -> str:
    if one.name in secret:
        return f"# {one.name}: in {SECRETS}"
    if one.name in told:
        return f"{one.name}={quoted(told[one.name])}"
    return f"# {one.name}={one.default}"


def quoted(text: str) -> str:
    """A value as systemd takes it from a file, and a shell likewise."""
    return text if _PLAIN.fullmatch(text) else '"' + _SPECIAL.sub(r"\\\g<0>", text) + '"'
