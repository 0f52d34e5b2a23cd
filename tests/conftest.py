"""Settings for all tests: a data folder of their own and all three databases in one process."""

import os
import tempfile

os.environ["NUTSHELL_DATA"] = tempfile.mkdtemp(prefix="nutshell-test-")
os.environ["NUTSHELL_ROLE"] = "test"
for _name in [name for name in os.environ if name.startswith("NUTSHELL_")]:
    if _name not in ("NUTSHELL_DATA", "NUTSHELL_ROLE", "NUTSHELL_TEST_VECTORS", "NUTSHELL_TEST_DATA"):
        del os.environ[_name]
