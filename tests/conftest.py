"""Settings for all tests: a data folder of their own and all three databases in one process."""

import atexit
import os
import shutil
import tempfile

import django
import pytest

from nutshell.envelope import passwords

os.environ["NUTSHELL_DATA"] = tempfile.mkdtemp(prefix="nutshell-test-")
atexit.register(shutil.rmtree, os.environ["NUTSHELL_DATA"], ignore_errors=True)
os.environ["NUTSHELL_ROLE"] = "test"
_KEPT = {"NUTSHELL_DATA", "NUTSHELL_ROLE", "NUTSHELL_TEST_VECTORS", "NUTSHELL_TEST_DATA", "NUTSHELL_TEST_CITUS_DSN"}
if os.environ.pop("NUTSHELL_TEST_DATABASES", "") == "given":
    # tests/tiers/test_postgresql.py runs many of these tests again, on databases of its own.
    _KEPT |= {"NUTSHELL_ACCOUNTS_URL", "NUTSHELL_RECORDS_URL", "NUTSHELL_KEYS_URL"}
for _name in [name for name in os.environ if name.startswith("NUTSHELL_")]:
    if _name not in _KEPT:
        del os.environ[_name]
# Here and not in pyproject.toml: there, Django would load its settings before the lines above.
os.environ["DJANGO_SETTINGS_MODULE"] = "nutshell.settings"
django.setup()

from tests import rows  # noqa: E402 - it reads the settings, which stand from here on

rows.watch()

_full = {"MEMORY_KIB": passwords.MEMORY_KIB, "ITERATIONS": passwords.ITERATIONS}
# Argon2id at its full cost took a fifth of the time of all tests. Whole products, which are processes, keep it.
passwords.MEMORY_KIB, passwords.ITERATIONS = 64, 1


@pytest.fixture
def full_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what a hash costs, and of what was made elsewhere."""
    for name, value in _full.items():
        monkeypatch.setattr(passwords, name, value)


pytest_plugins = ["tests.stack", "tests.outcomes"]
