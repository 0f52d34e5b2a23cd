"""`nutshell freeze [NODE|--all]`: who is frozen, or refuse every secret to a node."""

from argparse import ArgumentParser

from nutshell.common.errors import WrongSetting
from nutshell.vault.keystore.types import ALL_NODES, NodeState

from .command import Arguments, django_as
from .config import Config
from .key_store import client


def configure(parser: ArgumentParser) -> None:
    add_node(parser, required=False)
    parser.set_defaults(run=_run)


def add_node(parser: ArgumentParser, required: bool) -> None:
    choice = parser.add_mutually_exclusive_group(required=required)
    choice.add_argument("node", metavar="NODE", nargs="?", help="name of its certificate, such as node-1")
    choice.add_argument("--all", action="store_true", help="all nodes, also those that nobody has seen yet")


def chosen(arguments: Arguments, config: Config) -> str:
    """The node that the command line names, ALL_NODES for --all. Raises WrongSetting for one without a certificate."""
    if arguments.all:
        return ALL_NODES
    names = sorted(path.stem for path in config.pki.glob("*.crt") if path.stem.partition("-")[0] in ("node", "worker"))
    if arguments.node not in names:
        raise WrongSetting(f"There is no node of this name. There are: {', '.join(names)}.")
    return str(arguments.node)


def _run(arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    operator = client(settings.NUTSHELL, "operator")
    if not (arguments.all or arguments.node):
        print("\n".join(map(_line, operator.nodes())) or "No node has opened anything yet.")
        return
    node = chosen(arguments, settings.NUTSHELL)
    done = operator.freeze(node)
    print(f"{named(node)} frozen." if done else f"{named(node)} frozen already.")


def named(node: str) -> str:
    return "All nodes are" if node == ALL_NODES else f"{node} is"


def _line(state: NodeState) -> str:
    since = f"frozen since {state.frozen_since:%Y-%m-%d %H:%M:%S} UTC" if state.frozen_since else "answered"
    name = "all nodes" if state.name == ALL_NODES else state.name
    return f"{name}: {since}; may open {state.limit} people's diaries in a minute"
