"""What Django is told of a PostgreSQL server, alone or with its standby."""

import socket
import time

import psycopg
import pytest

from nutshell.ops.config import load
from nutshell.ops.databases import databases

LONE = "postgresql://web:hush@one.example/"
PAIR = "postgresql://web:h%2Cush@one.example:5432,two.example:5433/"


def _records(start: str) -> dict[str, object]:
    urls = {f"NUTSHELL_{name}_URL": start + name.lower() for name in ("ACCOUNTS", "RECORDS", "KEYS")}
    return databases(load({"NUTSHELL_DATA": "/nowhere", **urls}))["records"]


def test_a_lone_server_is_named_with_its_port() -> None:
    told = _records(LONE)
    assert (told["HOST"], told["PORT"]) == ("one.example", "5432")


def test_a_pair_is_named_in_order_and_only_the_one_that_takes_writes_is_used() -> None:
    told = _records(PAIR)
    assert (told["HOST"], told["PORT"]) == ("one.example,two.example", "5432,5433")
    assert told["PASSWORD"] == "h,ush"
    assert told["OPTIONS"]["target_session_attrs"] == "read-write"  # type: ignore[index]


@pytest.mark.parametrize("start", [LONE, PAIR])
def test_certificates_are_checked_in_full(start: str) -> None:
    assert _records(start)["OPTIONS"]["sslmode"] == "verify-full"  # type: ignore[index]


def test_a_server_that_accepts_and_says_nothing_is_given_up_after_three_seconds() -> None:
    """As one looks whose machine hangs; what was sent to one that is gone is given up after ten."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = _records(f"postgresql://web:hush@127.0.0.1:{silent.getsockname()[1]}/")["OPTIONS"]
        assert options["tcp_user_timeout"] == "10000"  # type: ignore[index]
        begin = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="timeout"):
            psycopg.connect(host="127.0.0.1", port=silent.getsockname()[1], **options)  # type: ignore[arg-type]
        assert 2 <= time.monotonic() - begin < 8
