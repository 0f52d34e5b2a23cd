"""OpenBao's files: what is asked for, and nothing that was left to fill in."""

import re
import subprocess
from pathlib import Path

import pytest

from nutshell.ops import config, openbao

BAO = "openbao://10.0.0.7:8200/transit/nutshell"


@pytest.fixture
def files() -> dict[str, str]:
    return openbao.openbao_files(config.load({"NUTSHELL_KMS": BAO}))


def test_without_openbao_there_are_no_files_and_no_certificates() -> None:
    assert openbao.openbao_files(config.load({})) == {}
    assert openbao.tiers(config.load({})) == ()


def test_while_keys_move_away_from_openbao_its_certificates_stay() -> None:
    assert openbao.tiers(config.load({"NUTSHELL_KMS_OLD": BAO})) == openbao.TIERS
    assert openbao.tiers(config.load({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_CA": "/ca.crt"})) == ()


def test_nothing_is_left_to_fill_in(files: dict[str, str]) -> None:
    assert set(files) == {"openbao.hcl", "key-store.hcl", "operator.hcl", "logrotate.conf", "set-up.sh"}
    assert not [
        name for name, text in files.items() if re.search(r"\$(?![({])", text.replace("$0", "").replace("$MAINPID", ""))
    ]


def test_it_listens_with_certificates_on_both_ends_and_writes_down_everything(files: dict[str, str]) -> None:
    text = files["openbao.hcl"]
    for words in ("10.0.0.7:8200", "tls_require_and_verify_client_cert = true", '"tls13"', 'audit "file"', "kms.crt"):
        assert words in text
    assert "HUP" in files["logrotate.conf"]


def test_the_key_stores_policy_is_two_paths(files: dict[str, str]) -> None:
    assert re.findall(r'^path "(.+)"', files["key-store.hcl"], re.MULTILINE) == [
        "transit/encrypt/nutshell",
        "transit/decrypt/nutshell",
    ]
    assert set(re.findall(r"capabilities\s*= (.+)", files["key-store.hcl"])) == {'["update"]'}


def test_the_script_is_a_script(files: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "set-up.sh").write_text(files["set-up.sh"])
    subprocess.run(("sh", "-n", tmp_path / "set-up.sh"), check=True)
