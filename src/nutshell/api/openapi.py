"""The OpenAPI 3.1 document, generated from the route table and the msgspec types it names."""

import re
from typing import Any

import msgspec

from nutshell import __version__

from .problems import CONTENT_TYPE, Problem
from .routing import JSON, Route

_TEMPLATE = "#/components/schemas/{name}"
_PLACE = re.compile(r"\{(\w+)\}")


def document(routes: tuple[Route, ...]) -> dict[str, Any]:
    """The whole document as JSON-ready values."""
    types = [Problem, *(kind for route in routes for kind in (*_choices(route.takes), *_choices(route.answers)))]
    _, components = msgspec.json.schema_components(types, ref_template=_TEMPLATE)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"/api/v1{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nutshell", "version": __version__, "license": {"name": "AGPL-3.0-or-later"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY_SCHEMES},
    }


_SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "header", "name": "X-Session-Token"},
}
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "anyone": [],
    "bearer": [{"token": []}, {"session": []}],
    "session": [{"session": []}],
    "frozen": [{"session": []}],
}


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-z0-9]+', '_', route.path)}".rstrip("_"),
        "security": _SECURITY[route.caller],
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.scope:
        operation["description"] = f"A token needs the scope `{route.scope}`."
    if route.takes is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": _schema(route.takes)}}}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    places = [_parameter("path", name, "string", "", True) for name in _PLACE.findall(route.path)]
    queries = [_parameter("query", name.rstrip("!"), kind, why, name.endswith("!")) for name, kind, why in route.query]
    headers = [_parameter("header", name, "string", why, False) for name, why in route.headers]
    return places + queries + headers


def _parameter(where: str, name: str, kind: str, why: str, required: bool) -> dict[str, Any]:
    return {"in": where, "name": name, "required": required, "description": why, "schema": {"type": kind}}


def _responses(route: Route) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if route.answers is not None:
        good["content"] = {JSON: {"schema": _schema(route.answers)}}
    if route.media != JSON:
        good["content"] = {route.media.partition(";")[0]: {"schema": {"type": "string"}}}
    problem = {"description": "A problem document.", "content": {CONTENT_TYPE: {"schema": _schema(Problem)}}}
    return {str(route.status): good, "4XX": problem, "503": problem}


def _choices(kind: Any) -> tuple[Any, ...]:
    """A tuple of types means: one of them."""
    return () if kind is None else kind if isinstance(kind, tuple) else (kind,)


def _schema(kind: Any) -> dict[str, Any]:
    schemas, _ = msgspec.json.schema_components(_choices(kind), ref_template=_TEMPLATE)
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
