"""Settings: one table, checked before anything starts."""

from pathlib import Path

import pytest
from tests.officers import NAMED

from nutshell.common import clock
from nutshell.common.errors import WrongSetting
from nutshell.common.kms_address import OpenBao, Pkcs11
from nutshell.ops import config, doctor, up
from nutshell.vault.keystore.kms import KeyFile

POSTGRES = "postgresql://web:secret@db.example:5432/"
ALL_THREE = {
    f"NUTSHELL_{name}_URL": f"{POSTGRES}{name.lower()}?sslmode=verify-full" for name in ("ACCOUNTS", "RECORDS", "KEYS")
}

BAO = "openbao://kms.example:8200/transit/nutshell"
TOKEN = "pkcs11:token=a;object=b?module-path=/lib/module.so&pin-source=file:/etc/pin"


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(WrongSetting) as raised:
        config.check(config.load(environ))
    return raised.value.sentence


def test_nothing_set_is_a_complete_configuration_for_this_machine() -> None:
    found = config.load({})
    config.check(found)
    assert (found.origin, found.http_port, found.loopback) == ("https://localhost:8443", 8080, True)
    assert found.kms_key == found.data / "kms.key"


@pytest.mark.parametrize("host", ["localhost", "nutshell.localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_a_loopback_host_needs_no_officer(host: str) -> None:
    config.check(config.load({"NUTSHELL_HOST": host}))


@pytest.mark.parametrize("host", ["diary.example", "10.0.0.5", "localhost.example"])
@pytest.mark.parametrize("officer", [{}, {"NUTSHELL_DPO_NAME": "Dora"}, {"NUTSHELL_DPO_EMAIL": "dora@example.org"}])
def test_promise_p8_any_other_host_is_refused_without_an_officer(host: str, officer: dict[str, str]) -> None:
    sentence = refusal({"NUTSHELL_HOST": host, **officer})
    assert "NUTSHELL_DPO_NAME" in sentence
    assert sentence.count(".") >= 1
    assert "\n" not in sentence


@pytest.mark.parametrize("blank", sorted(config.ROLES))
def test_req_40_any_other_host_is_refused_while_a_role_of_the_committee_is_blank(blank: str) -> None:
    sentence = refusal({"NUTSHELL_HOST": "diary.example", **NAMED, blank: " "})
    assert (blank in sentence, config.ROLES[blank] in sentence, "\n" in sentence) == (True, True, False)


def test_a_role_has_its_holder_first_and_deputies_after() -> None:
    found = config.load({"NUTSHELL_HOST": "diary.example", **NAMED}).officers
    assert [person.name for person in found.of("chair")] == ["Sam Example", "Pia Example"]
    assert [str(person) for person in found.of("dpo")] == ["Dora <dora@diary.example>"]


def test_a_public_host_with_every_role_stands_on_the_usual_ports() -> None:
    found = config.load({"NUTSHELL_HOST": "diary.example", **NAMED})
    config.check(found)
    assert (found.origin, found.https_port, found.http_port) == ("https://diary.example", 443, 80)


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"NUTSHELL_HTTPS_PORT": "8080", "NUTSHELL_HTTP_PORT": "8080"}, "differ"),
        ({"NUTSHELL_HTTPS_PORT": "many"}, "whole number"),
        ({"NUTSHELL_HTTPS_PORT": "70000"}, "NUTSHELL_HTTPS_PORT must be a port"),
        ({"NUTSHELL_HOST": "https://diary.example"}, "NUTSHELL_HOST must be a host name"),
        ({"NUTSHELL_HOST": "diary.example:443"}, "without a port"),
        ({"NUTSHELL_HOST": 'x" { respond "hacked" }'}, "NUTSHELL_HOST must be a host name"),
        ({"NUTSHELL_SMTP_URL": "smtps://mail.example"}, "NUTSHELL_MAIL_FROM"),
        ({"NUTSHELL_SMTP_URL": "smtp://mail.example", "NUTSHELL_MAIL_FROM": "a@b.c"}, "smtp+starttls://"),
        ({"NUTSHELL_ACCOUNTS_URL": ALL_THREE["NUTSHELL_ACCOUNTS_URL"]}, "all together"),
        ({**ALL_THREE, "NUTSHELL_KEYS_URL": ALL_THREE["NUTSHELL_RECORDS_URL"]}, "must differ"),
        ({**ALL_THREE, "NUTSHELL_KEYS_URL": POSTGRES + "keys?sslmode=require"}, "only verify-full"),
        ({**ALL_THREE, "NUTSHELL_KEYS_URL": "mysql://a@b/c"}, "must read postgresql://"),
        ({"NUTSHELL_ACME_DIRECTORY": "https://ca.example/dir"}, "public NUTSHELL_HOST"),
        ({"NUTSHELL_ACME_DIRECTORY": "http://ca.example/dir"}, "must be an https:// address"),
        ({"NUTSHELL_CADDY": "/usr/bin/caddy"}, "NUTSHELL_CADDY_SHA256"),
        ({"NUTSHELL_WEB_PROCESSES": "0"}, "from 1 to 64"),
        ({"NUTSHELL_ROLE": "root"}, "NUTSHELL_ROLE must be"),
        ({"NUTSHELL_KMS": "vault"}, "NUTSHELL_KMS must be file, openbao:"),
        ({"NUTSHELL_KMS": "openbao://kms.example/transit/key"}, "must read openbao://HOST:PORT/MOUNT/KEY"),
        ({"NUTSHELL_KMS": "openbao://kms.example:70000/transit/key"}, "must read openbao://"),
        ({"NUTSHELL_KMS": "openbao://kms.example:8200/transit/../sys"}, "must read openbao://"),
        ({"NUTSHELL_KMS": "openbao://a:secret@kms.example:8200/transit/key"}, "must read openbao://"),
        ({"NUTSHELL_KMS": f"{TOKEN}&pin-value=secret"}, "must not hold a PIN"),
        ({"NUTSHELL_KMS": "pkcs11:token=a;object=b"}, "must read pkcs11:token="),
        ({"NUTSHELL_KMS": TOKEN.replace("/lib/", "lib/")}, "whole paths"),
        ({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_OLD": BAO}, "another kind"),
        ({"NUTSHELL_KMS_OLD": "file"}, "another kind"),
        ({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_KEY": "/etc/kms.key"}, "neither NUTSHELL_KMS nor NUTSHELL_KMS_OLD"),
        ({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_PASSPHRASE_FILE": "/etc/hostname"}, "for a key file"),
        ({"NUTSHELL_KMS_CA": "/etc/hostname"}, "need an openbao:// address"),
        ({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_CERTIFICATE": "/etc/hostname"}, "need each other"),
        ({"NUTSHELL_KMS_PASSPHRASE_FILE": "/nowhere/at/all"}, "names no file"),
    ],
)
def test_a_wrong_or_contradictory_setting_stops_the_start_with_one_sentence(environ: dict[str, str], word: str) -> None:
    sentence = refusal(environ)
    assert word in sentence
    assert "\n" not in sentence
    assert "secret" not in sentence


def test_three_postgresql_databases_are_accepted() -> None:
    config.check(config.load(ALL_THREE))


def test_each_role_may_be_given_only_its_own_databases() -> None:
    config.check(config.load({"NUTSHELL_ROLE": "keys", "NUTSHELL_KEYS_URL": ALL_THREE["NUTSHELL_KEYS_URL"]}))
    web = {name: url for name, url in ALL_THREE.items() if name != "NUTSHELL_KEYS_URL"}
    config.check(config.load({"NUTSHELL_ROLE": "web", **web}))


def test_the_doctor_explains_every_setting_and_shows_no_secret(tmp_path: Path) -> None:
    environ = {"NUTSHELL_DATA": str(tmp_path), **ALL_THREE, "NUTSHELL_DPO_NAME": "Dora"}
    lines, wrong = doctor.examine(environ)
    text = "\n".join(lines)
    assert all(f"{setting.name}: " in text and setting.meaning in text for setting in config.SETTINGS)
    assert "NUTSHELL_KEYS_URL: set to (set, not shown)" in text
    assert "secret@" not in text
    assert "NUTSHELL_DPO_NAME: set to Dora" in text
    assert "NUTSHELL_SMTP_URL: not set" in text
    assert wrong == (1 if tmp_path.stat().st_mode & 0o077 else 0)


def test_the_doctor_names_what_is_wrong_and_what_is_no_setting() -> None:
    lines, wrong = doctor.examine({"NUTSHELL_HTTPS_PORT": "x", "NUTSHELL_COLOUR": "green"})
    text = "\n".join(lines)
    assert "wrong: NUTSHELL_HTTPS_PORT must be a whole number." in text
    assert "NUTSHELL_COLOUR is not a setting of Nutshell." in text
    assert wrong == 2
    assert lines[-1] == "2 things to put right."


def test_every_setting_stands_in_the_reference_and_no_other() -> None:
    text = Path("docs/reference/settings.md").read_text()
    rows = [line.split("|")[1].strip().strip("`") for line in text.splitlines() if line.startswith("| `NUTSHELL_")]
    assert rows == [setting.name for setting in config.SETTINGS]
    for setting in config.SETTINGS:
        assert setting.meaning in text, setting.name


def test_each_kind_of_kms_is_accepted_alone_and_beside_the_one_before() -> None:
    for environ in ({"NUTSHELL_KMS": BAO}, {"NUTSHELL_KMS": TOKEN}, {"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_OLD": "file"}):
        config.check(config.load(environ))
    assert config.load({"NUTSHELL_KMS": BAO}).kms == OpenBao("kms.example", 8200, "transit", "nutshell")
    assert config.load({"NUTSHELL_KMS": TOKEN}).kms == Pkcs11(Path("/lib/module.so"), "a", "b", Path("/etc/pin"))


def test_only_the_key_store_is_told_about_the_kms() -> None:
    about = {name for name in config.BY_NAME if name.startswith("NUTSHELL_KMS")}
    assert len(about) == 7
    assert about <= up.ONLY_KEY_STORE


def test_the_doctor_says_that_a_key_file_has_a_passphrase_and_touches_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    environ = {"NUTSHELL_DATA": str(tmp_path)}
    KeyFile.create(tmp_path / "kms.key", clock.now())
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("four words of mine\n")
    passphrase.chmod(0o600)
    before = (tmp_path / "kms.key").read_bytes()
    assert doctor.examine(environ)[1] == 0
    assert doctor.examine({**environ, "NUTSHELL_KMS_PASSPHRASE_FILE": str(passphrase)})[1] == 0
    assert (tmp_path / "kms.key").read_bytes() == before
    KeyFile(tmp_path / "kms.key", b"four words of mine")
    assert "has a passphrase" in doctor.examine(environ)[0][-2]
    passphrase.chmod(0o644)
    assert "mode 0400" in doctor.examine({**environ, "NUTSHELL_KMS_PASSPHRASE_FILE": str(passphrase)})[0][-2]
