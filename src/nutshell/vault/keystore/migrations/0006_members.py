from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("keystore", "0005_contacts"),
    ]

    operations = [
        migrations.AddField(
            model_name="secret",
            name="acts",
            field=models.BooleanField(default=False),
        ),
    ]
