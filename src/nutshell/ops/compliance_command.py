"""`nutshell compliance`: the self-assessment from the last run of the tests, and policies that are overdue."""

from argparse import ArgumentParser
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from nutshell import __version__, compliance
from nutshell.common import clock
from nutshell.compliance import judging, queries, report, reviews
from nutshell.compliance.types import Evidence, Judged, Matrix

from .command import Arguments
from .register_command import check_pdf

FILE = "self-assessment.html"
"""In the folder that `--out` names; the PDF lies beside it under the same name."""


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    made = acts.add_parser("report", help="write the self-assessment as HTML, from the last run of the tests")
    results = Path("test-results/outcomes.json")
    made.add_argument("--results", type=Path, default=results, metavar="FILE", help="what the run wrote")
    made.add_argument(
        "--documents", type=Path, default=Path("docs"), metavar="FOLDER", help="with policies/ and runbooks/"
    )
    made.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="made if absent")
    made.add_argument("--pdf", action="store_true", help="as pages to print too")
    made.set_defaults(run=_report)
    looked = acts.add_parser("reviews", help="name policies and runbooks that nobody has looked at in time")
    looked.add_argument("folder", type=Path, nargs="?", default=Path("docs"), help="with policies/ and runbooks/")
    looked.set_defaults(run=_reviews)


def _report(arguments: Arguments) -> int:
    if arguments.pdf:
        check_pdf()
    found, now = queries.evidence(arguments.results), clock.now()
    stale = queries.staleness(found, _code(), _suite(), now)
    rehearsals = queries.rehearsals(arguments.documents / "evidence")
    judged = _judged(found, arguments.documents, now, bool(stale))
    old = now - queries.FRESH
    about = report.About(__version__, _moment(now), _moment(found.at), found.code, stale, rehearsals, old)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / FILE).write_text(report.page(about, judged), encoding="utf-8")
    if arguments.pdf:
        _print(arguments.out / FILE, about, judged, now)
    return _told(judged, stale)


def _print(beside: Path, about: report.About, judged: list[tuple[Matrix, list[Judged]]], now: datetime) -> None:
    from nutshell.compliance import pdf

    beside.with_suffix(".pdf").write_bytes(pdf.of_report(about, judged, now))


def _code() -> Path:
    return Path(str(files(compliance))).parent


def _suite() -> Path:
    """Beside the program in a checkout, and not there in an installation."""
    return _code().parent.parent / "tests"


def _judged(found: Evidence, folder: Path, now: datetime, stale: bool) -> list[tuple[Matrix, list[Judged]]]:
    documents = reviews.reviews(folder)
    matrices = [queries.matrix(name) for name in queries.NAMES]
    return [(one, judging.judge_all(one, found.outcomes, documents, now.date(), stale)) for one in matrices]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _told(judged: list[tuple[Matrix, list[Judged]]], stale: str) -> int:
    """On the terminal: counts, and each row that does not hold. 1 if there is any."""
    unwell = [one for _, rows in judged for one in rows if one.state in report.UNWELL]
    for matrix, rows in judged:
        parts = (f"{count} {state}" for state, count in judging.counts(rows).items() if count)
        print(f"{matrix.title}: {', '.join(parts)}.")
    for one in unwell if not stale else ():
        print(f"{one.state}: {one.row.id}: {'; '.join(one.why)}")
    if stale:
        print(stale)
    return 1 if unwell else 0


def _reviews(arguments: Arguments) -> int:
    late = reviews.overdue(reviews.reviews(arguments.folder), clock.now().date())
    for line in late:
        print(f"overdue: {line}")
    print("Every policy and runbook has been looked at in time." if not late else f"{len(late)} overdue.")
    return 1 if late else 0
