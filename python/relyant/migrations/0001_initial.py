"""The table of linked identities."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import relyant.fields


class Migration(migrations.Migration):
    """Create LinkedIdentity."""

    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="LinkedIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", relyant.fields.ByteExactCharField(max_length=255, verbose_name="issuer")),
                ("subject", relyant.fields.ByteExactCharField(max_length=255, verbose_name="subject")),
                ("grants", models.JSONField(default=dict, editable=False, verbose_name="grants")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="linked at")),
                ("last_login_at", models.DateTimeField(verbose_name="last login")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="linked_identities",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "linked identity",
                "verbose_name_plural": "linked identities",
                "constraints": [
                    models.UniqueConstraint(fields=("issuer", "subject"), name="relyant_one_user_per_subject")
                ],
            },
        ),
    ]
