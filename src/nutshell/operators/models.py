"""Tables of operators, in the `accounts` database. Web processes have no right to them (ops.privileges)."""

from django.db import models

from nutshell.common import clock
from nutshell.common.ids import new_id
from nutshell.vault.djangofields import LookupField


class Operator(models.Model):
    """Somebody who may use the console, with the certificate of this SHA-256 alone.

    `factor`, the second factor's secret, is sealed for this id and this fingerprint: whoever writes another
    fingerprint into the row has no factor that opens. `last_step` is the last time step whose code was used.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    name = LookupField(domain="operator", unique=True)
    fingerprint = models.BinaryField(max_length=32, unique=True)
    factor = models.BinaryField()
    last_step = models.PositiveBigIntegerField(default=0)
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "operator"


class OperatorSession(models.Model):
    """A console that is signed in. `handle` is a keyed hash of its cookie's secret."""

    handle = models.BinaryField(max_length=32, primary_key=True)
    operator = models.ForeignKey(Operator, on_delete=models.CASCADE)
    started_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        db_table = "operator_session"


class WorkerReport(models.Model):
    """What a worker says of itself twice a minute; `packed` is a `types.Report` without name and moment (JSON)."""

    worker = models.CharField(max_length=200, primary_key=True)
    at = models.DateTimeField(db_index=True)
    packed = models.TextField()

    class Meta:
        db_table = "worker_report"


class StoppedPurpose(models.Model):
    """Grants for this (`name`) open nothing for anybody until an operator lets them again: containment of an incident.

    Web processes read it and change nothing of it.
    """

    name = models.CharField(max_length=20, primary_key=True)
    stopped_at = models.DateTimeField(default=clock.now)
    stopped_by = models.CharField(max_length=64)

    class Meta:
        db_table = "stopped_purpose"
