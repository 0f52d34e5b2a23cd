"""The same acts over the real vault: sealed records, manifests, idempotency keys in the database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sealed_diary import SealedDiary
from test_diary_logging import (  # noqa: F401 - run again here
    test_a_change_and_a_log_at_once_are_both_kept,
    test_a_change_to_an_older_version_is_refused,
    test_a_day_is_copied_as_it_was_logged,
    test_a_late_copy_of_a_removed_entry_does_not_come_back,
    test_a_moved_entry_keeps_its_id_and_leaves_its_day,
    test_a_note_is_kept_changed_and_removed,
    test_a_repeat_is_offered_on_its_weekday_and_logged_once,
    test_a_repeated_key_for_several_foods_answers_all_of_them,
    test_a_repeated_key_logs_once,
    test_an_entry_that_brings_its_own_id_twice_is_one_entry,
    test_changing_the_amount_scales_the_old_snapshot,
    test_two_devices_that_write_at_once_both_keep_their_entries,
)
from test_diary_spans import (  # noqa: F401 - run again here
    november,
    test_a_trend_has_a_place_for_every_day_and_breaks_where_nothing_is_known,
    test_an_average_names_its_days_and_leaves_out_where_nothing_is_known,
    test_the_week_ends_with_the_day,
)
from test_diary_undo import *  # noqa: F403 - all of them, run again here

from nutshell.vault import installation
from security.keystore_in_process import InProcess, started
from security.people_and_vaults import new_person

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def alice(tmp_path: Path) -> Iterator[SealedDiary]:
    before = installation._client, installation._held
    installation.configure(InProcess(started(tmp_path)))
    yield SealedDiary(new_person())
    installation._client, installation._held = before
