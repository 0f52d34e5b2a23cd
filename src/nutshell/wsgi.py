"""The WSGI application: Django's own chain of middleware, and a short way past it.

A bearer-token call to the API goes from here straight to its route. Sessions, CSRF, locale and Django's signals
have no meaning there and cost more than a whole read of a day. Both ways end in the same views.
"""

import os
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nutshell.settings")
os.environ.setdefault("NUTSHELL_ROLE", "web")

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections

Environ = dict[str, Any]


def _application() -> Callable[[Environ, Any], Iterable[bytes]]:
    django.setup(set_prefix=False)
    # Only now: models can be imported after Django is set up.
    from nutshell.accounts import leaving_subjects
    from nutshell.api.urls import view_of
    from nutshell.erasure.actions import unfinished
    from nutshell.ops import health
    from nutshell.ops.headers import api_items

    leaving_subjects.keep_out(unfinished)
    asked_often = {"/healthz": health.healthz, "/readyz": health.readyz, "/partz": health.partz}
    everything = WSGIHandler()

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        _read_body(environ)
        if is_bearer_call(environ):
            view = view_of(environ["PATH_INFO"])
        elif found := asked_often.get(environ.get("PATH_INFO", "")):
            view = found
        else:
            return everything(environ, start_response)
        # What Django does at a request's start: a connection that failed or is too old is opened anew.
        close_old_connections()
        answer = view(WSGIRequest(environ))
        start_response(f"{answer.status_code} {answer.reason_phrase}", api_items(answer))
        return [answer.content]

    return application


def _read_body(environ: Environ) -> None:
    """All of it, whoever may then refuse it: an answer before the body's end looks to Caddy like a failed process.

    It is here already, whole, and has 2 MB at most (ops/caddy.py). Django reads none that does not say its length.
    """
    body = environ["wsgi.input"].read()
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))


def is_bearer_call(environ: Environ) -> bool:
    """Whether this is a call to the API with a bearer token, which must then hold: no session is looked at."""
    path, token = str(environ.get("PATH_INFO", "")), str(environ.get("HTTP_AUTHORIZATION", ""))
    return path.startswith("/api/v1/") and token[:7].lower() == "bearer "


application = _application()
