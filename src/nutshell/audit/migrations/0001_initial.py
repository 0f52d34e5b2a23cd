"""The first tables."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="TreeHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("peaks", models.BinaryField(default=b"")),
                ("own_sequence", models.PositiveBigIntegerField(default=0)),
                ("own_hash", models.BinaryField(default=b"")),
            ],
            options={
                "db_table": "audit_tree_head",
            },
        ),
        migrations.CreateModel(
            name="AuditLeaf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_id", models.UUIDField(db_index=True, null=True)),
                ("body", models.BinaryField(null=True)),
                ("salt", models.BinaryField(null=True)),
                ("leaf_hash", models.BinaryField(max_length=32, unique=True)),
                ("tree_index", models.PositiveBigIntegerField(null=True, unique=True)),
            ],
            options={
                "db_table": "audit_leaf",
                "indexes": [
                    models.Index(
                        condition=models.Q(("tree_index__isnull", True)), fields=["id"], name="audit_leaf_waiting"
                    )
                ],
            },
        ),
    ]
