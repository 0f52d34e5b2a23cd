"""Another's targets, for whom they are shared with: to read."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from nutshell import gate
from nutshell.catalog.types import Nutrient
from nutshell.common.aims import Aim
from nutshell.gate import Purpose
from nutshell.targets import queries as targets

from . import rows, words
from .aims import Whose
from .frame import Visitor, page
from .owners import changed_of, owner_of


def their_targets(request: HttpRequest, who: Visitor, subject: UUID) -> HttpResponse:
    """What is in force today. Raises NotFound for a stranger and for one's own, NoLongerShared."""
    gate.reaches(who.actor, subject, Purpose.TARGETS_READ)
    with gate.enter(who.actor, subject, Purpose.TARGETS_READ) as vault:
        aims, changed = targets.in_force(vault, who.today()), targets.changed(vault)
    writes = gate.reaches(who.actor, subject, Purpose.TARGETS_WRITE)
    by_id = {aim.nutrient: aim for aim in aims.aims}
    groups = [(rows.group_name(group), [one for one in some if one.id in by_id]) for group, some in rows.in_groups()]
    context = {
        "owner": owner_of(who, subject), "back_url": reverse("their_day", args=[subject, who.today()]),
        "changed": changed_of(who, changed), "urls": Whose(who, subject).urls if writes else {},
        "groups": [
            {"name": name, "rows": [_row(one, by_id[one.id]) for one in some]} for name, some in groups if some
        ],
    }  # fmt: skip
    return page(request, "web/their_targets.html", "access", context)


def _row(nutrient: Nutrient, aim: Aim) -> dict[str, Any]:
    """Energy in kcal: units of the reader's are for the reader's own diary."""
    return {
        "name": words.name_of(nutrient), "unit": nutrient.unit, "minimum": aim.minimum, "maximum": aim.maximum,
        "origin": rows.origin_text(aim.origin) if aim.minimum is not None else rows.origin_text(aim.maximum_origin),
    }  # fmt: skip
