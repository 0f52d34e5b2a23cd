"""`python -m nutshell.vault.keystore`."""

from .server import run

run()
