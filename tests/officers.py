"""Everybody whom a host that others reach must name, for tests that start one."""

from nutshell.ops.config import ROLES

NAMED = {
    "NUTSHELL_DPO_NAME": "Dora",
    "NUTSHELL_DPO_EMAIL": "dora@diary.example",
    **dict.fromkeys(ROLES, "Sam Example <sam@diary.example>, Pia Example <pia@diary.example>"),
}
