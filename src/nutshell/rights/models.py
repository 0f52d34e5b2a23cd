"""Requests to the officer, in the `accounts` database."""

from django.db import models

from nutshell.common.ids import new_id


class RequestRow(models.Model):
    """One request. `sealed` holds all words of both sides and opens for this row only; it goes with its subject.

    `number` is what both call it by. `reminded`: how far the officer was reminded, "", "soon" or "missed".
    `untold`: the officer did something, and the worker has not told the person yet.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.PositiveIntegerField(unique=True)
    subject_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=8, default="open")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    untold = models.BooleanField(default=False)
    reminded = models.CharField(max_length=6, blank=True, default="")
    sealed = models.BinaryField()

    class Meta:
        db_table = "rights_request"
