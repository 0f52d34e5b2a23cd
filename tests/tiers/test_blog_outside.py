"""The blog's name at the front: files over TLS, under the headers of everything else, and no way to a web process."""

import re
from pathlib import Path

import httpx
import pytest
from tests.security.requirements.test_req_front import faults
from tests.stack import Stack
from tests.tiers.test_life import eventually

from nutshell.ops import config as settings
from nutshell.ops.status import keeping

pytestmark = pytest.mark.stack
POST = "/how-nutshell-protects-your-data/"
PATHS = ("/", POST, "/feed.atom", "/theme/blog.css", "/theme/nutshell.css", "/nothing", "/healthz", "/api/v1/foods")


def asked(stack: Stack, method: str, path: str, **headers: str) -> httpx.Response:
    """Not every machine knows names below localhost: the address is asked under the blog's name."""
    with httpx.Client(verify=stack.context()) as client:
        url = f"https://127.0.0.1:{stack.https_port}{path}"
        host = {"Host": f"{stack.blog_host}:{stack.https_port}", **headers}
        return client.request(method, url, headers=host, extensions={"sni_hostname": stack.blog_host})


@pytest.mark.parametrize("path", ["/", POST, "/?x=1"])
def test_req_7_the_blog_over_plain_http_is_sent_to_https(stack: Stack, path: str) -> None:
    answer = httpx.get(f"http://127.0.0.1:{stack.http_port}{path}", headers={"Host": stack.blog_host})
    assert (answer.status_code, answer.headers["location"]) == (308, stack.blog_url + path)


def test_req_8_everything_of_the_blog_carries_the_headers(stack: Stack) -> None:
    answers = [asked(stack, method, path) for path in PATHS for method in ("GET", "HEAD", "POST")]
    wrong = [(str(one.url), one.status_code, fault) for one in answers for fault in faults(one)]
    assert [one for one in wrong if "cache-control" not in one[2]] == []  # nothing here is personal
    assert [one.url for one in answers if "script-src" in one.headers["content-security-policy"]] == []
    assert [one.url for one in answers if "set-cookie" in one.headers] == []


def test_the_blog_is_files_and_nothing_else(stack: Stack) -> None:
    said = {path: asked(stack, "GET", path).status_code for path in PATHS}
    assert said == {**dict.fromkeys(PATHS[:5], 200), **dict.fromkeys(PATHS[5:], 404)}
    assert {asked(stack, "POST", path).status_code for path in PATHS[:5]} == {405}
    assert "Nothing is at this address" in asked(stack, "GET", "/nothing").text
    for path in ("/../run/Caddyfile", "/%2e%2e/run/Caddyfile", "/..%2fkms.key", "/.env"):
        assert asked(stack, "GET", path).status_code in (400, 404), path


def test_pages_for_everybody_lead_to_both(stack: Stack) -> None:
    with stack.client() as client:
        page = client.get("/privacy").text
    assert f'href="{stack.blog_url}/"' in page
    assert f'href="{stack.blog_url}/status"' in page


def test_the_diary_is_not_served_under_the_blogs_name_nor_the_blog_under_its(stack: Stack) -> None:
    assert "Sign in" not in asked(stack, "GET", "/").text
    with stack.client() as client:
        assert client.get(POST).status_code == 404


# ---------- the status page ----------


def seen(stack: Stack) -> dict[str, str]:
    """By part what the page says, as a person reads it."""
    text = asked(stack, "GET", "/status").text
    return dict(re.findall(r'<h2>([^<]+)</h2><strong class="state-\w+">([^<]+)<', text))


def test_the_status_page_is_made_from_what_is_found_and_names_nobody(stack: Stack) -> None:
    assert eventually(lambda: seen(stack).get("Worker") == "works", 90)
    assert seen(stack) == {
        **dict.fromkeys(("Website", "Diary", "Key store", "Worker"), "works"),
        "Mail": "not looked at",  # this product has no mail server
    }
    for path in ("/status", "/status/", "/status.html"):
        assert asked(stack, "GET", path).headers["cache-control"] == "no-cache"
    assert asked(stack, "GET", "/history.json").status_code == 404


def test_what_nodes_tell_the_status_page_is_not_told_outside(stack: Stack) -> None:
    with stack.client() as client:
        assert client.get("/partz").status_code == 404
    assert asked(stack, "GET", "/partz").status_code == 404


def test_with_no_node_the_page_says_so_and_who_looked_when(stack: Stack, tmp_path: Path) -> None:
    """The keeper's own look, at addresses where nobody listens: the file is what the front serves."""
    config = settings.load(stack.environ)
    keeping.look(config, ["127.0.0.1:1"], tmp_path)
    text = (tmp_path / "status.html").read_text("utf-8")
    assert text.count("does not work") == 2
    assert text.count(">not looked at<") == 3
