"""The first tables."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Epoch",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField()),
            ],
            options={
                "db_table": "epoch",
            },
        ),
        migrations.CreateModel(
            name="OwnLeaf",
            fields=[
                ("sequence", models.BigAutoField(primary_key=True, serialize=False)),
                ("subject_id", models.UUIDField(db_index=True, null=True)),
                ("body", models.BinaryField(null=True)),
                ("salt", models.BinaryField(null=True)),
                ("leaf_hash", models.BinaryField(max_length=32)),
            ],
            options={
                "db_table": "own_leaf",
            },
        ),
        migrations.CreateModel(
            name="Secret",
            fields=[
                ("secret_id", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("subject_id", models.UUIDField(db_index=True)),
                ("kind", models.CharField(max_length=12)),
                ("wrapped", models.BinaryField()),
                ("ends_at", models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                "db_table": "secret",
            },
        ),
        migrations.CreateModel(
            name="SubjectRow",
            fields=[
                ("subject_id", models.UUIDField(primary_key=True, serialize=False)),
                ("erasure_secret", models.BinaryField()),
                ("public", models.BinaryField()),
                ("bundle_version", models.PositiveIntegerField()),
                ("root_version", models.PositiveIntegerField(default=0)),
                ("root_hash", models.BinaryField(default=b"")),
                ("slots_version", models.PositiveIntegerField(default=0)),
                ("slots_hash", models.BinaryField(default=b"")),
                ("erasing_since", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "subject_row",
            },
        ),
        migrations.CreateModel(
            name="UsedNonce",
            fields=[
                ("nonce", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("used_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "used_nonce",
            },
        ),
        migrations.CreateModel(
            name="InstallationKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=16)),
                ("version", models.PositiveIntegerField()),
                ("wrapped", models.BinaryField()),
            ],
            options={
                "db_table": "installation_key",
                "constraints": [models.UniqueConstraint(fields=("name", "version"), name="installation_key_once")],
            },
        ),
    ]
