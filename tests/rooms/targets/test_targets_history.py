"""The history of the targets: what was in force on a past day stays so, and is kept in the vault."""

from datetime import date

import msgspec
import pytest
from tests.rooms.targets.memory_vault import MemoryVault

from nutshell.common import errors
from nutshell.common.aims import Aims
from nutshell.targets import actions, queries, stored
from nutshell.targets.types import Facts, Limits, Profile, Sex, Source, TargetHistory, TargetSettings
from nutshell.vault.types import Change

MONDAY, TUESDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 20)


def vitamin_c(found: Aims) -> float | None:
    return next((aim.minimum for aim in found.aims if aim.nutrient == "401"), None)


def own_c(amount: float) -> TargetSettings:
    return TargetSettings(limits=(Limits("401", minimum=amount),))


def heavier(profile: Profile, weight: float) -> Profile:
    return msgspec.structs.replace(profile, weight=weight)


def test_a_newcomer_has_empty_facts_and_no_aims(vault: MemoryVault) -> None:
    assert queries.profile(vault) == Profile()
    assert queries.settings(vault) == TargetSettings()
    assert queries.in_force(vault, MONDAY) == Aims()


def test_what_is_saved_is_read_again(vault: MemoryVault, alice: Profile) -> None:
    alice = msgspec.structs.replace(alice, meals=("Zmorge", "Zmittag"), zone="Europe/Zurich", energy_unit="kJ")
    actions.save_profile(vault, alice, MONDAY)
    actions.save_settings(vault, own_c(200), MONDAY)
    assert queries.profile(vault) == alice
    assert queries.settings(vault) == own_c(200)
    assert vitamin_c(queries.in_force(vault, MONDAY)) == 200


def test_new_settings_count_from_their_day_and_leave_the_days_before(vault: MemoryVault, alice: Profile) -> None:
    actions.save_profile(vault, alice, MONDAY)
    before = [queries.in_force(vault, day) for day in (MONDAY, TUESDAY)]
    actions.save_settings(vault, own_c(300), FRIDAY)
    assert [queries.in_force(vault, day) for day in (MONDAY, TUESDAY)] == before
    assert vitamin_c(queries.in_force(vault, FRIDAY)) == 300
    assert vitamin_c(queries.in_force(vault, date(2027, 5, 1))) == 300


def test_new_facts_count_from_their_day_and_leave_the_days_before(vault: MemoryVault, alice: Profile) -> None:
    actions.save_profile(vault, alice, MONDAY)
    before = queries.in_force(vault, TUESDAY)
    actions.save_profile(vault, heavier(alice, 90.0), FRIDAY)
    assert queries.in_force(vault, TUESDAY) == before
    assert queries.in_force(vault, FRIDAY).aims != before.aims


def test_saving_twice_on_a_day_replaces_that_day(vault: MemoryVault, alice: Profile) -> None:
    actions.save_profile(vault, alice, MONDAY)
    actions.save_settings(vault, own_c(200), FRIDAY)
    actions.save_settings(vault, own_c(250), FRIDAY)
    assert [period.from_day for period in queries.history(vault).periods] == [MONDAY, FRIDAY]
    assert vitamin_c(queries.in_force(vault, FRIDAY)) == 250
    assert vitamin_c(queries.in_force(vault, TUESDAY)) == 75


def test_a_traveller_whose_clock_went_back_does_not_rewrite_the_past(vault: MemoryVault, alice: Profile) -> None:
    actions.save_profile(vault, alice, MONDAY)
    actions.save_settings(vault, own_c(200), FRIDAY)
    actions.save_settings(vault, own_c(300), TUESDAY)
    assert vitamin_c(queries.in_force(vault, TUESDAY)) == 75
    assert vitamin_c(queries.in_force(vault, FRIDAY)) == 300


def test_every_change_has_its_own_version(vault: MemoryVault, alice: Profile) -> None:
    actions.save_profile(vault, alice, MONDAY)
    first = queries.in_force(vault, MONDAY).version
    actions.save_settings(vault, own_c(200), MONDAY)
    second = queries.in_force(vault, MONDAY).version
    actions.save_settings(vault, own_c(210), FRIDAY)
    assert (first, second) == (1, 2)
    assert [queries.in_force(vault, day).version for day in (MONDAY, FRIDAY)] == [2, 3]


def test_days_before_the_first_period_use_it(vault: MemoryVault, alice: Profile) -> None:
    actions.save_profile(vault, alice, MONDAY)
    assert vitamin_c(queries.in_force(vault, date(2026, 1, 1))) == 75


def test_the_age_is_that_of_the_day_not_of_the_saving(vault: MemoryVault) -> None:
    actions.save_profile(vault, Profile(sex=Sex.FEMALE, birth_date=date(2007, 11, 20)), MONDAY)
    assert [vitamin_c(queries.in_force(vault, day)) for day in (TUESDAY, FRIDAY)] == [65, 75]


def test_a_changed_theme_leaves_the_targets_untouched(vault: MemoryVault, alice: Profile) -> None:
    actions.save_profile(vault, alice, MONDAY)
    actions.save_profile(vault, msgspec.structs.replace(alice, theme="dark"), FRIDAY)
    assert vault.transactions[-1] == [queries.PROFILE]
    assert len(queries.history(vault).periods) == 1


def test_profile_and_targets_are_written_in_one_transaction(vault: MemoryVault, alice: Profile) -> None:
    actions.save_profile(vault, alice, MONDAY)
    assert vault.transactions == [list(queries.addresses())]


def test_settings_saved_before_the_profile_are_kept_by_it(vault: MemoryVault, alice: Profile) -> None:
    actions.save_settings(vault, TargetSettings(source=Source.EFSA), MONDAY)
    actions.save_profile(vault, alice, TUESDAY)
    assert queries.settings(vault).source is Source.EFSA
    assert vitamin_c(queries.in_force(vault, MONDAY)) is None
    assert vitamin_c(queries.in_force(vault, TUESDAY)) == 95


def test_refused_input_writes_nothing(vault: MemoryVault, alice: Profile) -> None:
    with pytest.raises(errors.InvalidInput):
        actions.save_profile(vault, heavier(alice, -1.0), MONDAY)
    with pytest.raises(errors.InvalidInput):
        actions.save_settings(vault, own_c(-5), MONDAY)
    assert vault.records == {}


@pytest.mark.parametrize(
    "content",
    [
        msgspec.msgpack.encode((2, {})),
        msgspec.msgpack.encode((0, {})),
        msgspec.msgpack.encode({}),
        msgspec.msgpack.encode((1, {"unheard": 1})),
        msgspec.msgpack.encode((1, {"weight": -4.0, "periods": 3})),
        b"",
        b"\xc1",
    ],
)
def test_a_stored_form_that_is_not_ours_fails_closed(content: bytes, vault: MemoryVault, alice: Profile) -> None:
    vault.write([Change(address, 0, content) for address in queries.addresses()])
    for reads in (queries.profile, queries.settings, queries.history):
        with pytest.raises(errors.Tampered):
            reads(vault)
    with pytest.raises(errors.Tampered):
        queries.in_force(vault, MONDAY)
    with pytest.raises(errors.Tampered):
        actions.save_profile(vault, alice, MONDAY)
    assert all(sheet.content == content for sheet in vault.read(queries.addresses()))


def test_stored_forms_are_small(alice: Profile) -> None:
    history = TargetHistory()
    for day in range(1, 29):
        facts = Facts(sex=alice.sex, birth_date=alice.birth_date, height=alice.height, weight=60.0 + day)
        history = actions.continued(history, date(2026, 11, day), facts, own_c(200))
    assert len(stored.pack(alice)) < 100
    assert len(stored.pack(history)) < 28 * 160


def test_the_addresses_are_undated_shelves_of_one_record_each() -> None:
    assert queries.addresses() == (("profile", "", "profile"), ("targets", "", "targets"))
