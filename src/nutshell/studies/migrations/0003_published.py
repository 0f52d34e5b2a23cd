from django.db import migrations, models


class Migration(migrations.Migration):
    """Signatures of what is published and built, the approval's document, several researchers, messages seen."""

    dependencies = [("studies", "0002_recipient_seal")]

    operations = [
        migrations.AddField("study", "file_hash", models.BinaryField(default=b"", max_length=32)),
        migrations.AddField("study", "published", models.BinaryField(default=b"")),
        migrations.AlterField("release", "order", models.BinaryField(default=b"")),
        migrations.AddField("release", "entry", models.BinaryField(default=b"")),
        migrations.AlterField("release", "state", models.CharField(default="queued", max_length=12)),
        migrations.AddField("message", "seen", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="ApprovalFile",
            fields=[
                (
                    "study",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="studies.study",
                    ),
                ),
                ("content", models.BinaryField()),
            ],
            options={"db_table": "study_approval_file"},
        ),
        migrations.CreateModel(
            name="Researcher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_id", models.UUIDField(db_index=True)),
                ("mark", models.BinaryField(max_length=32)),
                (
                    "study",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="others", to="studies.study"),
                ),
            ],
            options={
                "db_table": "study_researcher",
                "constraints": [models.UniqueConstraint(fields=("study", "subject_id"), name="study_researcher_once")],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "release",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="ordered",
                        serialize=False,
                        to="studies.release",
                    ),
                ),
                ("subject_id", models.UUIDField(db_index=True)),
                ("statement", models.BinaryField()),
            ],
            options={"db_table": "study_order"},
        ),
    ]
