"""Files for production machines: whole, without secrets, accepted by the programs that read them."""

import ipaddress
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from tests import deployment

from nutshell.ops import caddy, command
from nutshell.ops import config as settings
from nutshell.ops.config import SETTINGS
from nutshell.ops.deploy import inventory, render, secrets
from nutshell.ops.deploy.inventory import Inventory
from nutshell.ops.stack import environment

MAIL_PASSWORD = "p ä$s'\"\\w:@/?#"
MOST_EXPOSED = "20"
"""Of 100, as `systemd-analyze security` counts: 2.0 of 10."""


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return render.files(deployment.site())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the secrets."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "kept").mkdir()
    (folder / "kept" / "mail-password").write_text(MAIL_PASSWORD + "\n")
    secrets.make(deployment.site(), folder)
    return folder


def needed(program: str, package: str) -> str:
    """Where it lies. Without it, the test that asks is skipped, or fails in CI."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing(f"{program} is not installed: apt-get install {package}")
    return found


# ---------- the inventory ----------

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"host": "localhost"}, "host must be a public name"),
    ({"host": "https://diary.example"}, "NUTSHELL_HOST must be a host name"),
    ({"keys": "keys.example.org"}, "keys must be an IP address"),
    ({"resolvers": ["here"]}, "resolvers must be an IP address"),
    ({"keys": "10.20.5.1"}, "keys and kms share 10.20.5.1"),
    ({"web": ["10.20.1.1", "10.20.1.1"]}, "web-1 and web-2 share 10.20.1.1"),
    ({"web": []}, "web must name from 1 to 99 machines"),
    ({"worker": []}, "worker must name from 1 to 99 machines"),
    ({"postgresql": 13}, "postgresql must be 15 or newer"),
    ({"officer.name": " "}, "officer must have a name"),
    ({"officer.email": "dora"}, "officer must have a name and an e-mail address"),
    ({"mail.server": "smtp://mail.example"}, "NUTSHELL_SMTP_URL must read smtps://"),
    ({"mail.server": "smtps://u:p@mail.example"}, "mail.server must name no user"),
    ({"mail.server": ""}, "mail.server must name no user"),
    ({"mail.sender": "nutshell"}, "NUTSHELL_MAIL_FROM must be an e-mail address"),
    ({"settings": {"NUTSHELL_SIGNUP": "open"}}, "NUTSHELL_SIGNUP is not a setting of Nutshell"),
    ({"settings": {"NUTSHELL_SIGN_UP": "closed"}}, "NUTSHELL_SIGN_UP must be open or invited"),
    ({"settings": {"NUTSHELL_SMTP_URL": "smtps://u:p@mail.example"}}, "does not belong under settings"),
    ({"settings": {"NUTSHELL_ROLE": "web"}}, "does not belong under settings"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "said"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_a_contradiction_in_the_inventory_is_told_in_one_sentence(changed: dict[str, Any], said: str) -> None:
    found = inventory.problems(msgspec.convert(deployment.inventory(**changed), type=Inventory))
    assert said in found[0]
    assert all(sentence.endswith(".") for sentence in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("host = ", "Invalid value"),
        ('host = "a"', "missing required field `officer`"),
        (deployment.TEXT.replace('keys = "10.20.2.1"', "keys = 7"), "Expected `str`, got `int` - at `keys`"),
        ("helper = 1\n" + deployment.TEXT, "unknown field `helper`"),
    ],
)
def test_an_inventory_that_cannot_be_read_says_where(tmp_path: Path, capsys: Any, text: str, said: str) -> None:
    (tmp_path / "inventory.toml").write_text(text)
    words = ("deploy", "render", str(tmp_path / "out"), "--inventory", str(tmp_path / "inventory.toml"))
    assert command.main(words) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_example_is_right_and_is_written_by_the_command(tmp_path: Path, files: dict[str, str]) -> None:
    assert inventory.problems(deployment.site().inventory) == []
    assert command.main(("deploy", "render", str(tmp_path), "--inventory", "docs/how-to/inventory.toml")) == 0
    written = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == files


# ---------- no secret, every setting ----------


def test_no_file_holds_a_password_and_each_stands_where_the_files_say(files: dict[str, str], made: Path) -> None:
    kept = msgspec.json.decode((made / "kept" / "passwords.json").read_bytes(), type=dict[str, str])
    words = [*kept.values(), "SECRET", MAIL_PASSWORD, (made / "kept" / "unseal.key").read_text()]
    assert [path for path, text in files.items() if any(word in text for word in words)] == []
    for machine in ("web-1", "worker-1", "operator", "deploy", "keys"):
        text = files[f"{machine}/etc/nutshell/part.env"]
        named = set(re.findall(r"^# (NUTSHELL_\w+): in /etc/nutshell/secrets.env", text, re.MULTILINE))
        secret = (made / machine / "etc/nutshell/secrets.env").read_text()
        assert named == set(re.findall(r"^(NUTSHELL_\w+)=", secret, re.MULTILINE)) != set()


def test_an_environment_file_explains_every_setting(files: dict[str, str]) -> None:
    for path, text in files.items():
        if path.endswith("part.env"):
            assert [one.name for one in SETTINGS if f"# {one.meaning}\n" not in text] == []
            told = re.findall(r"^(?:# )?(NUTSHELL_\w+)[=:]", text, re.MULTILINE)
            assert told == [one.name for one in SETTINGS]


@pytest.mark.parametrize("machine", ["web-1", "worker-1", "operator", "deploy", "keys"])
def test_what_a_machine_is_told_starts_its_part(files: dict[str, str], made: Path, machine: str) -> None:
    """The two files together are settings that nothing is wrong with."""
    texts = (files[f"{machine}/etc/nutshell/part.env"], (made / machine / "etc/nutshell/secrets.env").read_text())
    read = subprocess.run(
        ["sh", "-c", "set -a; . ./part.env; . ./secrets.env; exec env -0"],
        cwd=_both(made / "read" / machine, texts), capture_output=True, text=True, check=True, env={"PATH": "/usr/bin"},
    )  # fmt: skip
    environ = dict(line.split("=", 1) for line in read.stdout.split("\0") if line.startswith("NUTSHELL_"))
    config = settings.load(environ)
    assert settings.problems(config) == []
    assert (config.host, config.keys_address) == ("diary.example.org", ("10.20.2.1", 9444))
    if machine != "keys":
        assert unquote(urlsplit(config.smtp_url).password or "") == MAIL_PASSWORD


def _both(folder: Path, texts: tuple[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in zip(("part.env", "secrets.env"), texts, strict=True):
        (folder / name).write_text(text)
    return folder


def test_a_machine_is_given_its_own_secrets_alone_and_only_its_user_reads_them(made: Path) -> None:
    held = {
        machine.name: {path.stem for path in machine.rglob("*.key")} for machine in made.iterdir()
        if machine.name not in ("kept", "read")
    }  # fmt: skip
    databases = ("accounts", "records")
    uses = ("", "_worker", "_owner", "_admin")
    web, worker, owner, shell = ({f"nutshell_{name}{use}" for name in databases} for use in uses)
    assert held == {
        "lb": {"lb"}, "web-1": {"web", "node-1", *web}, "web-2": {"web", "node-2", *web},
        "worker-1": {"worker", "node", *worker}, "operator": {"operator", "node", *worker, *shell},
        "deploy": {"operator", "node", *owner}, "keys": {"keys", "kms-client", "nutshell_keys", "nutshell_keys_backup"},
        "backup": {"nutshell_accounts_backup", "nutshell_records_backup"},
        "kms": {"kms", "unseal"}, "records-db": {"records-db"}, "keys-db": {"keys-db"},
    }  # fmt: skip
    files = [path for machine in held for path in (made / machine).rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    assert not list(made.glob("[!kr]*/**/ca.key"))


def test_what_copies_the_keys_is_told_the_role_that_only_reads_and_no_other(files: dict[str, str], made: Path) -> None:
    unit = files["keys/etc/systemd/system/nutshell-backup.service"]
    read = re.findall(r"^EnvironmentFile=(.+)$", unit, re.MULTILINE)
    told: dict[str, str] = {}
    for path in read:
        text = files.get(f"keys{path}") or (made / f"keys{path}").read_text()
        told |= dict(line.split("=", 1) for line in text.splitlines() if line.startswith("NUTSHELL_"))
    told = {name: text.strip('"') for name, text in told.items()}
    config = settings.load(told)
    assert settings.problems(config) == []
    assert urlsplit(told["NUTSHELL_KEYS_URL"]).username == "nutshell_keys_backup"
    own = (made / "keys/etc/nutshell/secrets.env").read_text()
    assert unquote(str(urlsplit(told["NUTSHELL_KEYS_URL"]).password)) not in unquote(own)
    own_address = f"nutshell_keys_backup {deployment.site().address('keys')}/32 "
    ways = [line for line in files["keys-db/etc/nutshell/pg_hba.conf"].splitlines() if "nutshell_keys_backup" in line]
    assert [own_address in line for line in ways] == [True]
    assert (told["NUTSHELL_BACKUPS"], told["NUTSHELL_BACKUP_TO"]) == tuple(deployment.site().kept.values())


def test_secrets_are_made_once_and_the_mail_servers_is_asked_for(made: Path, tmp_path: Path, capsys: Any) -> None:
    assert secrets.make(deployment.site(), made) == set()
    assert command.main(("deploy", "secrets", str(tmp_path), "--inventory", "docs/how-to/inventory.toml")) == 1
    assert "mail-password first" in capsys.readouterr().err
    (made / "web-2" / "var/lib/nutshell/pki/node-2.crt").unlink()
    assert secrets.make(deployment.site(), made) == {"web-2"}


# ---------- who may talk to whom ----------


def test_the_list_of_links_is_what_the_settings_name(made: Path) -> None:
    """A part is told the places that it may reach, and reaches those that it is told."""
    site = deployment.site()
    passwords = dict.fromkeys((*msgspec.json.decode((made / "kept/passwords.json").read_bytes()), "mail"), "x")
    for part in ("web-1", "web-2", "worker-1", "operator", "deploy", "keys"):
        told = site.settings_of(part, passwords)
        named = {target for target, place in site.plan.places.items()
                 if any(_names(text, target, str(place.host)) for text in told.values())}  # fmt: skip
        linked = {link.target for link in site.links if link.source == part}
        assert named - {part} == linked | ({"mail"} & named if part == "deploy" else set()), part


def _names(text: str, target: str, address: str) -> bool:
    return address in text or (target == "mail" and "mail.example.org" in text)


def test_rules_let_in_whom_the_list_names_and_nobody_else(files: dict[str, str]) -> None:
    site = deployment.site()
    for machine in site.machines:
        incoming = files[f"{machine}/etc/nftables.d/nutshell.nft"].partition("chain incoming")[2].partition("chain")[0]
        sources = set(re.findall(r"ip saddr (\S+) tcp dport (?!22 )", incoming))
        assert sources == {site.address(link.source) for link in site.links if link.target == machine}
        assert ("tcp dport { 80, 443 } accept" in incoming) == (machine == "lb")
        assert "policy drop" in incoming


V6 = {
    "web": ["fd00::1:1", "fd00::1:2"], "worker": ["fd00::1:3"], "resolvers": ["fd00::53"], "clocks": ["fd00::123"],
    **{name: f"fd00::{number}" for number, name in enumerate(
        ("load-balancer", "keys", "records-db", "keys-db", "kms", "operator", "deploy", "mail.address"), 2)},
}  # fmt: skip


def test_addresses_may_be_of_ipv6(tmp_path: Path, made: Path) -> None:
    site = deployment.site(**V6)
    assert inventory.problems(site.inventory) == []
    files = render.files(site)
    assert "hostssl records nutshell_records fd00::1:1/128 " in files["records-db/etc/nutshell/pg_hba.conf"]
    assert site.open_settings_of("web-1")["NUTSHELL_KEYS_ADDRESS"] == "[fd00::3]:9444"
    assert settings.problems(settings.load(site.settings_of("web-1", dict.fromkeys(environment.PASSWORDS, "x")))) == []
    test_nftables_takes_the_rules(files, tmp_path)
    test_caddy_takes_its_file(files, made, tmp_path)


def test_nftables_takes_the_rules(files: dict[str, str], tmp_path: Path) -> None:
    nft = needed("nft", "nftables")
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no network namespaces (unshare -rn)")
    for number, (path, text) in enumerate(files.items()):
        if path.endswith(".nft"):
            (tmp_path / f"{number}.nft").write_text(text)
            done = subprocess.run(["unshare", "-rn", nft, "-c", "-f", tmp_path / f"{number}.nft"], capture_output=True)
            assert done.returncode == 0, path + done.stderr.decode()


def test_a_unit_talks_to_its_own_neighbours_alone(files: dict[str, str]) -> None:
    for path, text in files.items():
        if path.endswith(".service") and not path.startswith("lb/"):
            allowed = re.findall(r"^IPAddressAllow=localhost (.+)$", text, re.MULTILINE)[0].split()
            assert all(ipaddress.ip_address(one) for one in allowed)
            assert "IPAddressDeny=any\n" in text


# ---------- the programs that read the files ----------


def test_caddy_takes_its_file(files: dict[str, str], made: Path, tmp_path: Path) -> None:
    text = deployment.moved(files["lb/etc/nutshell/Caddyfile"], data=made / "lb/var/lib/nutshell")
    (tmp_path / "Caddyfile").write_text(text)
    binary = caddy.verified_binary(settings.load({}))
    words = [str(binary), "validate", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(words, capture_output=True, text=True, env={"HOME": str(tmp_path)}, timeout=60)
    assert done.returncode == 0, done.stderr


def test_systemd_takes_the_units_and_finds_them_closed(files: dict[str, str], tmp_path: Path) -> None:
    analyze = needed("systemd-analyze", "systemd")
    written = []
    for path, text in files.items():
        if path.endswith(".service"):
            # Programs of the machine are not here: any other does for the check.
            unit = tmp_path / path.replace("/", "-")
            unit.write_text(re.sub(r"^(Exec\w+=)/(?:opt|usr)/\S+", r"\1/bin/true", text, flags=re.MULTILINE))
            written.append(unit)
    said = subprocess.run([analyze, "verify", "--man=no", *written], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stderr) == (0, "")
    exposed = [analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", *written]
    found = subprocess.run(exposed, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stdout[-500:]


def test_the_guide_names_commands_units_and_machines_that_there_are(files: dict[str, str]) -> None:
    text = Path("docs/how-to/deploy.md").read_text()
    assert text.count("\n") < 250
    known = {one.name for one in command.SUBCOMMANDS}
    assert set(re.findall(r"(?:`|\n|bin/)nutshell ([a-z][a-z-]+)", text)) <= known
    units = {Path(path).stem for path in files if path.endswith(".service")}
    assert (
        set(re.findall(r"systemctl (?:restart|reload|stop|start|enable --now) (nutshell-\w+|openbao)", text)) <= units
    )
    (loop,) = re.findall(r"for m in (.+); do", text)
    assert set(loop.split()) == set(deployment.site().machines)
    for path in re.findall(r"/etc/nutshell/[\w.]+", text):
        assert any(one.endswith(path) for one in (*files, "/etc/nutshell/secrets.env", "/etc/nutshell/passwords")), path
