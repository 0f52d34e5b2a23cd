"""The worker's schedule: every task of every room, and how often it is due."""

from functools import partial

from nutshell.accounts import contacts, outbox
from nutshell.activity import actions as activity
from nutshell.activity import measuring
from nutshell.archives import jobs as archives
from nutshell.audit import sequencer
from nutshell.compliance import retention
from nutshell.erasure import actions as erasure
from nutshell.grants import actions as grants
from nutshell.incidents import clocks, notices, watching
from nutshell.jobs.types import Task
from nutshell.rights import watching as requests
from nutshell.studies import releases

from . import alarms, canaries, trail
from .config import Config
from .key_store import client
from .status import looking

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
SEQUENCER_SECONDS = 5.0
RELEASE_SECONDS = 2.0
MAIL_SECONDS = 2.0


def tasks(config: Config) -> tuple[Task, ...]:
    """All tasks of this installation. The key store sweeps its own database."""
    key_store = client(config, "worker")
    sequence = partial(sequencer.run_once, key_store, config.checkpoints)
    deadlines, measures = clocks.read(config.incident_clocks), measuring.read(config.activity_measures)
    review = partial(activity.make, measures, config.officers, config.host)
    return (
        Task("audit-sequencer", SEQUENCER_SECONDS, partial(watching.watched, sequence)),
        Task("alarms", SEQUENCER_SECONDS, partial(alarms.mail_waiting, key_store, config)),
        Task("status", MINUTE, partial(looking.look, key_store, config)),
        Task("canaries", MINUTE, partial(canaries.make_missing, key_store, config)),
        Task("unfinished-erases", MINUTE, erasure.resume_all),
        Task("retention", 5 * MINUTE, retention.enforce),
        Task("archives", 5 * MINUTE, archives.sweep),
        Task("ended-grants", MINUTE, grants.expire_ended),
        Task("recoveries-told", HOUR, contacts.remind),
        Task("trail", DAY, partial(trail.look, key_store, config)),
        Task("incidents", MINUTE, partial(watching.remind, deadlines, config.officers, config.host)),
        Task("notices", MINUTE, notices.track),
        Task("activity", HOUR, partial(watching.watched, review)),
        Task("answers", MINUTE, requests.tell),
        Task("requests", HOUR, partial(requests.remind, config.officers)),
        Task("mail", MAIL_SECONDS, outbox.send_due),
        Task("study-releases", RELEASE_SECONDS, releases.build_next),
    )
