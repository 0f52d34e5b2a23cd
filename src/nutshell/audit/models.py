"""The trail's tables, in the `accounts` database. No foreign keys: a row outlives what it tells of."""

from django.db import models


class AuditLeaf(models.Model):
    """One leaf. The sequencer gives it its place in the tree; erasing its subject empties body and salt."""

    subject_id = models.UUIDField(null=True, db_index=True)
    body = models.BinaryField(null=True)
    salt = models.BinaryField(null=True)
    leaf_hash = models.BinaryField(max_length=32, unique=True)
    tree_index = models.PositiveBigIntegerField(null=True, unique=True)

    class Meta:
        app_label = "audit"
        db_table = "audit_leaf"
        indexes = [models.Index(fields=["id"], name="audit_leaf_waiting", condition=models.Q(tree_index__isnull=True))]


class TreeHead(models.Model):
    """The one row that says how far the tree goes: size, peaks (32 bytes each), and the last own leaf taken over."""

    size = models.PositiveBigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")
    own_sequence = models.PositiveBigIntegerField(default=0)
    own_hash = models.BinaryField(default=b"")

    class Meta:
        app_label = "audit"
        db_table = "audit_tree_head"
