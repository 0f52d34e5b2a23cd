"""Every part of the stack as a process: its command line, its own settings, and how one sees that it serves."""

from functools import partial

from nutshell.ops import caddy, certificates, tls
from nutshell.ops.processes import Process, own
from nutshell.ops.up import front, status, write_caddyfile

from . import openbao, postgresql
from .installation import KEEPERS, Installation


def databases(stack: Installation) -> list[Process]:
    return [postgresql.process(server, stack.environ) for server in stack.databases]


def mail_sink(stack: Installation) -> Process:
    place = stack.plan.places["mail"]
    argv = own("stack", "mail", str(stack.folder))
    return Process("mail", argv, stack.settings_of("mail"), partial(tls.listens, place.port, place.host))


def kms(stack: Installation) -> Process:
    return openbao.process(stack.kms, stack.environ)


def key_store(stack: Installation) -> Process:
    place = stack.plan.places["keys"]
    context = partial(tls.client_context, stack.pki("operator"), "node")
    name = f"keys.{certificates.INTERNAL}"
    return Process(
        "keys",
        own("keys"),
        stack.settings_of("keys"),
        lambda: tls.accepts((place.host, place.port), name, context()),
    )


def webs(stack: Installation) -> list[Process]:
    return [_web(stack, part) for part in stack.plan.webs]


def _web(stack: Installation, part: str) -> Process:
    place = stack.plan.places[part]
    context = partial(tls.client_context, stack.pki("lb"), "lb")
    name = f"web.{certificates.INTERNAL}"
    return Process(
        part,
        own("web", "--address", place.host, "--port", str(place.port)),
        stack.settings_of(part),
        lambda: tls.answers((place.host, place.port), name, context(), "/healthz", stack.plan.host),
    )


def workers(stack: Installation) -> list[Process]:
    return [Process(part, own("worker"), stack.settings_of(part), lambda: True) for part in stack.plan.worker_names]


def keepers(stack: Installation) -> list[Process]:
    """What keeps backups, where somebody wants them."""
    if not stack.environ.get("NUTSHELL_BACKUPS"):
        return []
    return [
        Process(f"keep-{part}", own("backup", "keep"), stack.settings_of_keeper(part), lambda: True) for part in KEEPERS
    ]


def load_balancer(stack: Installation) -> Process:
    config = stack.config_of("lb")
    write_caddyfile(config, _web_addresses(stack))
    return front(config, stack.environ, caddy.verified_binary(config))


def status_page(stack: Installation) -> list[Process]:
    """On the load balancer's machine, with its certificate."""
    return status(stack.config_of("lb"), stack.settings_of("lb"), _web_addresses(stack))


def _web_addresses(stack: Installation) -> list[str]:
    return [str(stack.plan.places[part]) for part in stack.plan.webs]
