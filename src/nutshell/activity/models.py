"""Reviews of weeks, in the `accounts` database."""

from django.db import models


class WeekRow(models.Model):
    """One week's review, made once. `sealed` holds counts and pseudonyms (see `types.Review`); `next_leaf` is where the
    next week's reading of the trail begins. `looked_by` is the operator who said that they looked at it.
    """

    week = models.CharField(max_length=8, primary_key=True)
    made_at = models.DateTimeField(db_index=True)
    over = models.PositiveIntegerField()
    next_leaf = models.PositiveBigIntegerField()
    sealed = models.BinaryField()
    looked_at = models.DateTimeField(null=True)
    looked_by = models.CharField(max_length=64, blank=True, default="")
    word = models.BinaryField(default=b"")

    class Meta:
        db_table = "activity_week"
