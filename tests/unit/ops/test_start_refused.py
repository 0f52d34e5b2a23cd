"""Every setting that is wrong, missing or at odds with another stops the start: one sentence, status 2."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.officers import NAMED

from nutshell.ops import command, up
from nutshell.ops.config import ROLES, SETTINGS

POSTGRES = "postgresql://web:hush@db.example:5432/"
THREE = {f"NUTSHELL_{name}_URL": POSTGRES + name.lower() for name in ("ACCOUNTS", "RECORDS", "KEYS")}
MAIL = {"NUTSHELL_SMTP_URL": "smtps://u:hush@mail.example", "NUTSHELL_MAIL_FROM": "n@mail.example"}
PUBLIC = {"NUTSHELL_HOST": "diary.example", **NAMED}
ACME = {**PUBLIC, "NUTSHELL_ACME_DIRECTORY": "https://ca.example/directory"}
A_FILE, A_FOLDER, NOTHING = "{here}/file", "{here}/folder", "{here}/nothing"

OWNERS = ("NUTSHELL_ACCOUNTS_OWNER_URL", "NUTSHELL_RECORDS_OWNER_URL")
SHELLS = ("NUTSHELL_ACCOUNTS_SHELL_URL", "NUTSHELL_RECORDS_SHELL_URL")
AGE = "age1" + "q" * 58
BAO = "openbao://kms.example:8200/transit/nutshell"
CASES: list[tuple[dict[str, str], str]] = [
    ({"NUTSHELL_DATA": A_FILE}, "NUTSHELL_DATA must be a folder"),
    ({"NUTSHELL_DATA": A_FILE + "/below"}, "NUTSHELL_DATA must be a folder"),
    ({"NUTSHELL_HOST": "https://diary.example"}, "NUTSHELL_HOST must be a host name"),
    ({"NUTSHELL_HOST": "diary.example"}, "NUTSHELL_DPO_NAME and NUTSHELL_DPO_EMAIL"),
    ({**PUBLIC, "NUTSHELL_DPO_NAME": ""}, "NUTSHELL_DPO_NAME and NUTSHELL_DPO_EMAIL"),
    ({**PUBLIC, "NUTSHELL_DPO_EMAIL": ""}, "NUTSHELL_DPO_NAME and NUTSHELL_DPO_EMAIL"),
    ({"NUTSHELL_DPO_EMAIL": "dora"}, "NUTSHELL_DPO_EMAIL must be an e-mail address"),
    *(({**PUBLIC, name: ""}, f"set {name} to Name <address>") for name in ROLES),
    *(
        ({name: text}, f"{name} must read Name <address>")
        for name in ROLES
        for text in ("Sam", "sam@example.org", "a,b")
    ),
    ({"NUTSHELL_ACTIVITY_MEASURES": NOTHING}, "NUTSHELL_ACTIVITY_MEASURES names no file"),
    ({"NUTSHELL_INCIDENT_CLOCKS": NOTHING}, "NUTSHELL_INCIDENT_CLOCKS names no file"),
    *(
        ({f"NUTSHELL_{name}_PORT": port}, f"NUTSHELL_{name}_PORT must be")
        for name in ("HTTPS", "HTTP", "ADMIN")
        for port in ("0", "-1", "65536", "many", "80.5")
    ),
    ({"NUTSHELL_HTTPS_PORT": "9000", "NUTSHELL_HTTP_PORT": "9000"}, "must differ"),
    ({"NUTSHELL_HTTPS_PORT": "8080"}, "must differ"),
    ({"NUTSHELL_BLOG_HOST": "https://blog.localhost"}, "NUTSHELL_BLOG_HOST must be a host name"),
    ({"NUTSHELL_BLOG_HOST": "localhost"}, "NUTSHELL_BLOG_HOST must be another name"),
    ({"NUTSHELL_BLOG_HOST": "blog.example"}, "must both be loopback names"),
    ({**PUBLIC, "NUTSHELL_BLOG_HOST": "blog.localhost"}, "must both be loopback names"),
    *(({"NUTSHELL_ADMIN_PORT": port}, "NUTSHELL_ADMIN_PORT must differ") for port in ("8443", "8080")),
    ({"NUTSHELL_SIGN_UP": "closed"}, "NUTSHELL_SIGN_UP must be open or invited"),
    ({**MAIL, "NUTSHELL_SMTP_URL": "smtp://mail.example"}, "NUTSHELL_SMTP_URL must read smtps://"),
    ({**MAIL, "NUTSHELL_SMTP_URL": "smtps://u@mail.example"}, "both a user and a password"),
    ({**MAIL, "NUTSHELL_SMTP_URL": "smtps://mail.example:99999"}, "NUTSHELL_SMTP_URL must have a port"),
    ({**MAIL, "NUTSHELL_SMTP_URL": "smtps://mail.example:x"}, "NUTSHELL_SMTP_URL must have a port"),
    ({**MAIL, "NUTSHELL_MAIL_FROM": ""}, "NUTSHELL_SMTP_URL needs NUTSHELL_MAIL_FROM"),
    ({**MAIL, "NUTSHELL_MAIL_FROM": "nutshell"}, "NUTSHELL_MAIL_FROM must be an e-mail address"),
    ({"NUTSHELL_MAIL_CA": A_FILE}, "NUTSHELL_MAIL_CA needs NUTSHELL_SMTP_URL"),
    ({**MAIL, "NUTSHELL_MAIL_CA": NOTHING}, "NUTSHELL_MAIL_CA names no file"),
    *(({name: url}, "all together") for name, url in THREE.items()),
    *(({**THREE, name: ""}, "all together") for name in THREE),
    *(({**THREE, name: POSTGRES + "x"}, "both, or neither") for name in OWNERS),
    ({name: POSTGRES + name[9:17].lower() for name in OWNERS}, "NUTSHELL_ACCOUNTS_OWNER_URL needs"),
    *(({**THREE, name: "mysql://a:hush@b/c"}, f"{name} must read postgresql://") for name in (*THREE, *SHELLS)),
    *(({**THREE, name: POSTGRES + "x?sslmode=require"}, f"{name} must not lower sslmode") for name in THREE),
    *(({**THREE, name: "postgresql://a:hush@b:0/c"}, f"{name} must have a port") for name in THREE),
    *(({**THREE, name: "postgresql://a:hush@b:1,d:0/c"}, f"{name} must have a port") for name in THREE),
    *(({**THREE, name: "postgresql://a:hush@b:1,/c"}, f"{name} must read postgresql://") for name in THREE),
    *(
        ({**THREE, name: "postgresql://a:hush@b,d/c?target_session_attrs=any"}, "must not change target_session_attrs")
        for name in THREE
    ),
    ({**THREE, "NUTSHELL_KEYS_URL": "postgresql://a:hush@other,db.example/records"}, "must differ"),
    ({**THREE, "NUTSHELL_KEYS_URL": THREE["NUTSHELL_RECORDS_URL"]}, "must differ"),
    *(
        ({f"NUTSHELL_{name}": A_FOLDER}, f"NUTSHELL_{name} must be a file")
        for name in ("KMS_KEY", "TOMBSTONES", "CHECKPOINTS")
    ),
    ({"NUTSHELL_KMS_KEY": A_FILE, "NUTSHELL_TOMBSTONES": A_FOLDER + "/../file"}, "three different files"),
    ({"NUTSHELL_TOMBSTONES": A_FILE, "NUTSHELL_CHECKPOINTS": A_FILE}, "three different files"),
    ({"NUTSHELL_BACKUPS": A_FOLDER}, "NUTSHELL_BACKUPS and NUTSHELL_BACKUP_TO need each other"),
    ({"NUTSHELL_BACKUP_TO": AGE}, "NUTSHELL_BACKUPS and NUTSHELL_BACKUP_TO need each other"),
    ({"NUTSHELL_BACKUP_TO": "AGE-SECRET-KEY-1"}, "NUTSHELL_BACKUP_TO must be a public age key"),
    ({"NUTSHELL_BACKUPS": "{here}/data/backups", "NUTSHELL_BACKUP_TO": AGE}, "NUTSHELL_BACKUPS must lie outside"),
    ({**THREE, "NUTSHELL_BACKUPS": A_FOLDER}, "NUTSHELL_BACKUPS and NUTSHELL_BACKUP_TO need each other"),
    *(({"NUTSHELL_BACKUP_MINUTES": count}, "NUTSHELL_BACKUP_MINUTES must be") for count in ("0", "1441", "often")),
    *(({"NUTSHELL_BACKUP_DAYS": count}, "NUTSHELL_BACKUP_DAYS must be") for count in ("0", "8", "week")),
    *(({"NUTSHELL_BACKUP_RECORDS_DAYS": count}, "NUTSHELL_BACKUP_RECORDS_DAYS must be") for count in ("0", "3651")),
    *(({"NUTSHELL_WEB_PROCESSES": count}, "NUTSHELL_WEB_PROCESSES must be") for count in ("0", "65", "two")),
    ({"NUTSHELL_ACME_DIRECTORY": "https://ca.example/dir"}, "NUTSHELL_ACME_DIRECTORY needs a public NUTSHELL_HOST"),
    ({**ACME, "NUTSHELL_ACME_DIRECTORY": "http://ca.example"}, "NUTSHELL_ACME_DIRECTORY must be an https:// address"),
    ({**PUBLIC, "NUTSHELL_ACME_CA": A_FILE}, "NUTSHELL_ACME_CA needs NUTSHELL_ACME_DIRECTORY"),
    ({**ACME, "NUTSHELL_ACME_CA": NOTHING}, "NUTSHELL_ACME_CA names no file"),
    ({**ACME, "NUTSHELL_ACME_EMAIL": "me"}, "NUTSHELL_ACME_EMAIL must be an e-mail address"),
    ({"NUTSHELL_CADDY": A_FILE}, "NUTSHELL_CADDY needs NUTSHELL_CADDY_SHA256"),
    ({"NUTSHELL_CADDY": NOTHING, "NUTSHELL_CADDY_SHA256": "0" * 64}, "NUTSHELL_CADDY names no file"),
    ({"NUTSHELL_CADDY_SHA256": "abc"}, "NUTSHELL_CADDY_SHA256 must be 64 hexadecimal digits"),
    *(({"NUTSHELL_KEYS_ADDRESS": text}, "NUTSHELL_KEYS_ADDRESS must be") for text in ("here", "a:b", "a:0", "a:70000")),
    *(({"NUTSHELL_OPENINGS": count}, "NUTSHELL_OPENINGS must be") for count in ("0", "100001", "many", "1.5")),
    *(({"NUTSHELL_CANARIES": count}, "NUTSHELL_CANARIES must be") for count in ("-1", "21", "few")),
    *(({"NUTSHELL_NODE": name}, "NUTSHELL_NODE must be") for name in ("operator", "node-0", "../ca")),
    ({"NUTSHELL_ROLE": "root"}, "NUTSHELL_ROLE must be web, admin, keys or cli"),
    *(({name: "vault"}, f"{name} must be file, openbao:") for name in ("NUTSHELL_KMS", "NUTSHELL_KMS_OLD")),
    ({"NUTSHELL_KMS": "openbao://u:hush@kms.example:8200/transit/key"}, "NUTSHELL_KMS must read openbao://"),
    ({"NUTSHELL_KMS": "pkcs11:token=a;object=b?pin-value=hush"}, "NUTSHELL_KMS must not hold a PIN"),
    ({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_OLD": BAO}, "NUTSHELL_KMS_OLD must be another kind"),
    ({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_KEY": A_FILE}, "NUTSHELL_KMS_KEY names a key file"),
    ({"NUTSHELL_KMS_PASSPHRASE_FILE": NOTHING}, "NUTSHELL_KMS_PASSPHRASE_FILE names no file"),
    ({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_PASSPHRASE_FILE": A_FILE}, "NUTSHELL_KMS_PASSPHRASE_FILE is for a key file"),
    *(({f"NUTSHELL_KMS_{name}": A_FILE}, f"NUTSHELL_KMS_{name}") for name in ("CA", "CERTIFICATE", "CERTIFICATE_KEY")),
    ({"NUTSHELL_KMS": BAO, "NUTSHELL_KMS_CERTIFICATE": A_FILE}, "need each other"),
]
ANYTHING_GOES = {"NUTSHELL_TEST_VECTORS"}
"""Settings that no text is wrong for: the tests read this folder, the product never does."""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("environ", "words"), CASES, ids=[f"{number}-{words}" for number, (_, words) in enumerate(CASES)]
)
def test_the_start_ends_with_one_sentence_and_2(
    environ: dict[str, str],
    words: str,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [setting.name for setting in SETTINGS]:
        monkeypatch.delenv(name, raising=False)
    for name, text in {"NUTSHELL_DATA": str(here / "data"), **environ}.items():
        monkeypatch.setenv(name, text.format(here=here))
    monkeypatch.setattr(up, "_run", lambda *_: pytest.fail("it started"))
    assert command.main(["up"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert said.err.startswith("nutshell: ")
    assert said.err.endswith(".\n")
    assert said.err.count("\n") == 1
    assert "hush" not in said.err
    assert not (here / "data").exists()


def test_every_setting_has_a_case_that_is_refused() -> None:
    named = {name for environ, words in CASES for name in environ if name in words or name in environ}
    assert named | ANYTHING_GOES == {setting.name for setting in SETTINGS}


def test_the_command_itself_says_it_without_a_traceback(here: Path) -> None:
    environ = {"PYTHONPATH": "src", "NUTSHELL_DATA": str(here / "data"), "NUTSHELL_HTTPS_PORT": "8080"}
    for line in (["up"], ["prepare"], ["web", "--port", "1"], ["worker"], ["user", "add", "a@example.org"]):
        whole = [sys.executable, "-m", "nutshell.ops.command", *line]
        done = subprocess.run(whole, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, ""), line
        assert done.stderr == "nutshell: NUTSHELL_HTTPS_PORT and NUTSHELL_HTTP_PORT must differ.\n"
