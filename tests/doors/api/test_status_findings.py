"""What the worker leaves for the status page, and what a web process makes of it."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, connections
from tests.keystore import KeyStoreProcess

from nutshell.common import clock
from nutshell.ops import config, health
from nutshell.ops.status import looking
from nutshell.vault.keystore.client import KeyStoreClient

pytestmark = pytest.mark.django_db(databases=["default", "records"])
CONFIG = config.load({})
WELL = {"diary": True, "worker": True, "keys": True, "mail": None}


@pytest.fixture
def worker(key_store: KeyStoreProcess, node: KeyStoreClient) -> KeyStoreClient:
    return key_store.client("worker")


def test_where_no_worker_has_looked_it_does_not_work_and_what_it_looks_at_is_not_known(node: KeyStoreClient) -> None:
    assert looking.findings() == {"diary": True, "worker": False}


def test_what_the_worker_found_is_said_for_as_long_as_it_goes_on_looking(worker: KeyStoreClient) -> None:
    looking.look(worker, CONFIG)
    assert looking.findings() == WELL
    with clock.moved_to(clock.now() + timedelta(seconds=looking.FRESH_SECONDS + 1)):
        assert looking.findings() == {"diary": True, "worker": False}


def test_a_key_store_that_does_not_answer_and_a_mail_server_that_is_away_are_named(
    key_store: KeyStoreProcess, node: KeyStoreClient, settings
) -> None:
    nobody = KeyStoreClient.of_installation(("127.0.0.1", 1), key_store.pki, "worker")
    environ = {"NUTSHELL_SMTP_URL": "smtps://u:p@127.0.0.1:1", "NUTSHELL_MAIL_FROM": "n@example.org"}
    settings.NUTSHELL = config.load(environ)
    looking.look(nobody, settings.NUTSHELL)
    assert looking.findings() == {**WELL, "keys": False, "mail": False}


@pytest.mark.parametrize("alias", ["default", "records"])
def test_a_database_that_cannot_be_read_is_a_diary_that_does_not_work(worker: KeyStoreClient, alias: str) -> None:
    looking.look(worker, CONFIG)
    with connections[alias].execute_wrapper(mock.Mock(side_effect=DatabaseError)):
        assert looking.findings() == {"diary": False}


def test_what_is_told_names_nobody_and_counts_nothing(worker: KeyStoreClient) -> None:
    looking.look(worker, CONFIG)
    assert health.partz(mock.Mock()).content == b'{"diary":true,"worker":true,"keys":true,"mail":null}'
