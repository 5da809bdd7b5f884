"""The table of events, and the explanation of the last login."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create Event; let a linked identity keep why its user has which rights."""

    dependencies = [
        ("relyant", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="linkedidentity",
            name="explanation",
            field=models.JSONField(default=dict, editable=False, verbose_name="explanation"),
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("login", "signed in"),
                            ("refused", "refused"),
                            ("user_created", "user created"),
                            ("adopted", "existing account linked at sign-in"),
                            ("linked", "provider linked"),
                            ("unlinked", "provider unlinked"),
                            ("groups_changed", "groups changed"),
                            ("flags_changed", "staff or superuser changed"),
                            ("superuser_kept", "last superuser kept"),
                        ],
                        max_length=32,
                        verbose_name="event",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="time")),
                ("provider", models.CharField(blank=True, max_length=255, verbose_name="provider")),
                ("issuer", models.CharField(blank=True, max_length=255, verbose_name="issuer")),
                ("subject", models.CharField(blank=True, max_length=255, verbose_name="subject")),
                ("code", models.CharField(blank=True, max_length=64, verbose_name="code")),
                ("reference", models.CharField(blank=True, max_length=32, verbose_name="reference")),
                ("detail", models.JSONField(default=dict, verbose_name="detail")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ("-at", "-pk"),
            },
        ),
    ]
