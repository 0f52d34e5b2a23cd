"""The tools that attack, each with its version, what it found, and why some of that is no finding.

They live in environments of their own (`make attack` makes them): what they need contradicts what the product needs.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .target import SPARED, WHY_SPARED, Call, Target

TOOLS, WAPITI_TOOLS = Path(".venv-attack/bin"), Path(".venv-attack-wapiti/bin")
PROFILE = Path(__file__).with_name("mozilla-6.0-modern.json")
MODULES = (
    "backup", "brute_login_form", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers",
    "ldap", "methods", "permanentxss", "redirect", "shellshock", "spring4shell", "sql", "timesql", "upload", "xss",
)  # fmt: skip
NOT_RUN = {
    "buster, nikto": "lists of other products' files; the server serves its routes and one folder of static files",
    "cms, htp, network_device, wapp, wp_enum": "say which product it is; they look up lists on the Internet",
    "log4shell, ssrf, xxe": "need a server on the Internet that is called back; the product parses no XML, runs no Java"
    " and fetches no address that a person names",
    "https_redirect": "expects ports 80 and 443; tests/tiers/test_front.py tries it (req-7)",
    "ssl": "sslyze looks closer",
    "takeover": "needs names in the DNS",
}
"""Modules of wapiti: why not."""
NO_FINDINGS = {
    ("wapiti", "HTTP Methods"): "It lists what OPTIONS answers, which is 405 with the methods of the address.",
    ("wapiti", "Spring4Shell"): "No Java runs here. A page that filters refuses fields that it does not know, with 422:"
    " that is what this module takes for a class loader.",
    (
        "sqlmap",
        "false positive or unexploitable",
    ): "sqlmap's own second look: the pages that it compared differ in links"
    " and tokens which are new on each, and no condition of its own makes them differ.",
}
"""(tool, what it says) → why this is none."""


@dataclass
class Report:
    """`figures` go into the evidence; `findings` must be empty."""

    tool: str
    version: str
    figures: dict[str, object] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    explained: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, finding: str) -> None:
        reason = NO_FINDINGS.get((self.tool, what))
        if reason:
            self.explained[what] = reason
        else:
            self.findings.append(finding)


def _run(command: Iterable[object], seconds: int) -> "subprocess.CompletedProcess[str]":
    """A tool's exit status says whether it found something, so it is no failure here."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, timeout=seconds, check=False)


def _version(program: Path) -> str:
    found = re.findall(r"\d+\.\d+\.\d+", _run((program, "--version"), 60).stdout)
    if not found:
        raise SystemExit(f"{program} does not run: make attack installs it.")
    return str(found[-1])


def tls(target: Target) -> list[Report]:
    """sslyze at the public listener, by its name and by its address, against Mozilla's profile (req-4)."""
    return [_tls(target, name) for name in ("localhost", "127.0.0.1")]


def _tls(target: Target, name: str) -> Report:
    said = target.work / f"sslyze-{name}.json"
    done = _run(
        (TOOLS / "sslyze", "--custom_tls_config", PROFILE, "--certinfo_ca_file", target.product.ca, "--json_out", said,
         f"{name}:{target.product.https_port}"), 300
    )  # fmt: skip
    found = json.loads(said.read_text())
    report = Report("sslyze", found["sslyze_version"], {"server": name, **_accepted(found)})
    judged = done.stdout.partition("COMPLIANCE AGAINST TLS CONFIGURATION")[2]
    if done.returncode or "OK - Compliant" not in judged:
        report.findings += re.findall(r"^\s+\* (.*)", judged, re.MULTILINE) or [judged.strip() or done.stdout[-500:]]
    return report


def _accepted(found: dict[str, object]) -> dict[str, object]:
    (server,) = found["server_scan_results"]  # type: ignore[misc]
    result = server["scan_result"]
    suites = {
        name.removesuffix("_cipher_suites"): [
            one["cipher_suite"]["name"] for one in scan["result"]["accepted_cipher_suites"]
        ]
        for name, scan in result.items()
        if name.endswith("_cipher_suites")
    }
    curves = [one["name"] for one in result["elliptic_curves"]["result"]["supported_curves"]]
    return {"accepted": {name: names for name, names in suites.items() if names}, "classical curves": curves}


EXCLUDED = ("DELETE /api/v1/account", "DELETE /api/v1/consents/{document}")
WHY_EXCLUDED = (
    "They end the account and with it the run. Their inputs are a password and one word; tests/doors tries them."
)
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method", "use_after_free",
)  # fmt: skip
"""Not `ignored_auth`: it takes a call with a good session and, besides, a made-up header of the other kind for one that
is let in by the made-up one. Who reaches what is the matrix's (req-11)."""


def schema(target: Target, examples: int) -> list[Report]:
    """schemathesis over the document that the running product serves, with a session and with a token (req-39)."""
    credentials = {"a session": f"X-Session-Token: {target.alice.cookie}"}
    credentials["a token"] = f"Authorization: Bearer {target.alice.token()}"
    return [_schema(target, examples, who, header) for who, header in credentials.items()]


def _schema(target: Target, examples: int, who: str, header: str) -> Report:
    program, said = Path(sys.executable).with_name("schemathesis"), target.work / f"schemathesis-{who[2:]}.json"
    excluded = [word for one in EXCLUDED for word in ("--exclude-name", one)]
    _run(
        (program, "run", f"{target.url}/api/v1/openapi.json", "-H", header, "--tls-verify", target.product.ca,
         "--checks", ",".join(CHECKS), "-n", examples, "--seed", 1, *excluded, "--report", "json",
         "--report-json-path", said), 3600
    )  # fmt: skip
    found = json.loads(said.read_text())
    figures: dict[str, object] = {"with": who, "operations": found["operations"], "test cases": found["test_cases"]}
    figures["excluded"] = {"operations": EXCLUDED, "why": WHY_EXCLUDED}
    report = Report("schemathesis", found["schemathesis_version"], figures)
    report.findings += [json.dumps(one)[:600] for one in (*found["failures"], *found["errors"])]
    if not found["complete"]:
        report.findings.append(f"It ended before its time: {found['stop_reason']}.")
    return report


def wapiti(target: Target, crawl: int, each: int) -> list[Report]:
    """wapiti, signed in, over the pages: seconds to look for pages, and for each module."""
    program = WAPITI_TOOLS / "wapiti"
    said, cookies = target.work / "wapiti.json", target.work / "cookies.json"
    one = {"expires": None, "secure": True, "port": None, "version": 0}
    kept = {"__Host-session": {"value": target.alice.cookie, **one}, "__Host-csrf": {"value": target.csrf, **one}}
    cookies.write_text(json.dumps({".localhost.local": {"/": kept}}))
    begin = [
        word for call in target.calls_of_the_pages() if call.method == "GET" for word in ("-s", target.url + call.path)
    ]
    _run(
        (program, "-u", target.url + "/", "--scope", "folder", "-c", cookies, "-H", f"Origin: {target.url}",
         "-m", ",".join(MODULES), *begin, *_spared(target), "--max-links-per-page", 40, "--max-files-per-dir", 8,
         "-d", 2, "--max-scan-time", crawl, "--max-attack-time", each, "--store-session", target.work / "wapiti",
         "--flush-session", "--tasks", 4, "-t", 15, "--no-bugreport", "-f", "json", "-o", said), 7200
    )  # fmt: skip
    found = json.loads(said.read_text())
    report = Report("wapiti", _version(program), {"modules": list(MODULES), "not run": NOT_RUN,
                                                  "pages": found["infos"]["crawled_pages_nbr"]})  # fmt: skip
    for kind in ("vulnerabilities", "anomalies", "additionals"):
        for what, seen in found[kind].items():
            for row in seen:
                report.add(what, f"{what}: {row['method']} {row['path']} {row['parameter']}: {row['info']}")
    return [report]


def _spared(target: Target) -> list[str]:
    ends = ("/account/*", "/access/sessions/*", "/access/stop*", "/consent/*", "/settings/sealed*", "/static/*")
    return [word for end in ends for word in ("-x", target.url + end)]


def sqlmap_api(target: Target) -> list[Report]:
    """sqlmap over each parameter, field and part of an address, signed in, as for PostgreSQL."""
    return [_sqlmap(target, "api", list(target.calls_of_the_api()))]


def sqlmap_pages(target: Target) -> list[Report]:
    """The same over each page and form."""
    return [_sqlmap(target, "pages", list(target.calls_of_the_pages()))]


def _sqlmap(target: Target, door: str, calls: list[Call]) -> Report:
    log, said = target.work / f"sqlmap-{door}.txt", target.work / f"sqlmap-{door}.csv"
    tried = [text for call in calls for text in _requests(target, door, call)]
    log.write_text("\n\n".join(tried))
    # What a UNION or a delay would tell, a condition tells sooner.
    done = _run(
        (TOOLS / "sqlmap", "-l", log, "--batch", "--force-ssl", "--dbms", "PostgreSQL", "--technique", "BES",
         "--level", 1, "--risk", 1, "--ignore-redirects", "--timeout", 20, "--skip", "csrfmiddlewaretoken",
         "--flush-session", "--output-dir", target.work / f"sqlmap-{door}", "--results-file", said,
         "--disable-coloring"), 7200
    )  # fmt: skip
    tested = len(re.findall(r"testing for SQL injection on", done.stdout))
    statuses = _statuses(done.stdout)
    figures: dict[str, object] = {"door": door, "requests": len(tried), "parameters": tested, "refusals": statuses}
    figures["spared"] = {"pages": [*SPARED], "why": WHY_SPARED} if door == "pages" else {}
    report = Report("sqlmap", _version(TOOLS / "sqlmap"), figures)
    for row in said.read_text().splitlines()[1:] if said.exists() else []:
        report.add(row.rpartition(",")[2], row)
    report.findings += [f"{number} answers with {code}" for code, number in statuses.items() if code >= "500"]
    if not tested or "ending @" not in done.stdout:
        report.findings.append("It tried nothing, or did not come to its end: " + done.stdout[-400:])
    return report


def _statuses(said: str) -> dict[str, int]:
    total: dict[str, int] = {}
    for code, number in re.findall(r"(\d{3}) \([^)]*\) - (\d+) times", said):
        total[code] = total.get(code, 0) + int(number)
    return total


def _requests(target: Target, door: str, call: Call) -> list[str]:
    """As a proxy would have written them down: the address's own parts are tried in a request of their own."""
    named = [(call.path, call.body)] if "?" in call.path or call.kind else []
    marked = [(call.marked, call.body)] if call.marked else []
    return [_written(target, door, call, path, body) for path, body in (*named, *marked)]


def _written(target: Target, door: str, call: Call, path: str, body: str) -> str:
    line, place = "=" * 54, f"https://localhost:{target.product.https_port}"
    who = f"Cookie: {target.cookies}" if door == "pages" else f"X-Session-Token: {target.alice.cookie}"
    head = [
        f"{call.method} {path} HTTP/1.1",
        f"Host: localhost:{target.product.https_port}",
        who,
        f"Origin: {target.url}",
    ]
    if call.kind:
        head += [f"Content-Type: {call.kind}", f"Content-Length: {len(body)}"]
    request = "\n".join(head) + "\n\n" + body
    return f"{line}\n12:00:00  {place}  [127.0.0.1]\n{line}\n{request}\n{line}\n"
