"""What lies behind the public door, and HTTP/3: the same trials as in tests/tiers, with what they tried as figures."""

from collections import Counter
from dataclasses import replace
from importlib.metadata import version

from tests.tiers import client_tiers, http3, listeners
from tests.tiers.test_http3 import A_DAY

from nutshell.ops import certificates

from .target import Target
from .tools import Report


def inside(target: Target) -> list[Report]:
    """Every listener of the plan with every certificate that is not its callers' (req-5)."""
    report = Report("tests.tiers.listeners", "", {})
    for listener in listeners.listeners(target.product):
        right = list(listeners.right(listener, target.product))
        wrong = list(listeners.wrong(listener, target.product, target.work))
        served = [one for one in wrong if one.served]
        tried = Counter(one.what for one in wrong)
        report.figures[listener.name] = {
            "callers": sorted(listener.callers),
            "refused": dict(tried),
            "served": len(served),
        }
        report.findings += [f"{one.listener} serves {one.leaf or 'nobody'} ({one.what})" for one in served]
        report.findings += [f"{one.listener} does not serve {one.leaf}" for one in right if not one.served]
    mail = listeners.mail_refuses(target.product)
    report.figures["mail"] = {
        "callers": "who has the password",
        "refused": [how for how, refused in mail.items() if refused],
    }
    report.findings += [f"The mail server takes mail {how}." for how, refused in mail.items() if not refused]
    return [report]


def outwards(target: Target) -> list[Report]:
    """Every part as a client of impostors: what each of them was told after the handshake, in bytes (req-6)."""
    report = Report("tests.tiers.client_tiers", "", {})
    for way in client_tiers.ways(target.product):
        told = {
            fault: len(client_tiers.heard(target.product, way, fault, target.work))
            for fault in (client_tiers.HONEST, *client_tiers.FAULTS)
        }
        report.figures[" to ".join(way)] = {"told to an honest one": told.pop(client_tiers.HONEST), **told}
        report.findings += [f"{way.part} believes {way.server} ({fault})" for fault, bytes_ in told.items() if bytes_]
    return [report]


def quic(target: Target) -> list[Report]:
    """HTTP/3: the same headers, no other name, no other authority, nothing taken early."""
    product = target.product
    report = Report("aioquic", version("aioquic"), {})
    first = http3.get(product.https_port, "localhost", product.ca, "/account/login/")
    missing = {"strict-transport-security", "content-security-policy", "x-content-type-options"} - first.headers.keys()
    report.findings += [f"No {name} over HTTP/3." for name in sorted(missing)]
    eager = replace(first.tickets[0], max_early_data_size=A_DAY)
    again = http3.get(product.https_port, "localhost", product.ca, "/healthz", ticket=eager)
    report.findings += ["Early data was taken."] * again.early
    certificates.ensure(target.work / "foreign", "localhost")
    believed = {
        "another authority": _answers(target, "localhost", target.work / "foreign" / "ca.crt"),
        "another name": _answers(target, "nutshell.localhost", product.ca),
    }
    report.findings += [f"Believed over HTTP/3: {what}." for what, answered in believed.items() if answered]
    report.figures.update(
        {"status": first.status, "resumed": again.resumed, "early data taken": again.early, **believed}
    )
    return [report]


def _answers(target: Target, host: str, ca: object) -> bool:
    try:
        http3.get(target.product.https_port, host, ca, "/healthz")  # type: ignore[arg-type]
    except ConnectionError:
        return False
    return True


class Logs:
    """What the product itself took for an error since the last look. The databases tell of handshakes they refused."""

    def __init__(self, target: Target) -> None:
        self._folder, self._seen = target.product.data / "logs", Counter[str]()

    def since(self) -> Report:
        report = Report("the product's logs", "", {})
        for path in sorted(self._folder.glob("*.log")):
            if path.stem == "keys" or path.stem.startswith(("web-", "worker-")):
                lines = path.read_text().splitlines()[self._seen[path.stem] :]
                self._seen[path.stem] += len(lines)
                report.figures[path.stem] = len(lines)
                report.findings += [line[:400] for line in lines if " ERROR " in line or " CRITICAL " in line]
        return report
