"""The register of sessions, the logout tokens that came, and logins without a provider."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import relyant.fields


class Migration(migrations.Migration):
    """Create UserSession, LogoutNotice and BreakGlassLogin; name their events."""

    dependencies = [
        ("relyant", "0002_events_and_explanations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
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
                    ("session_ended", "session ended"),
                    ("break_glass_minted", "emergency login made"),
                    ("break_glass_used", "signed in by an emergency login"),
                ],
                max_length=32,
                verbose_name="event",
            ),
        ),
        migrations.CreateModel(
            name="BreakGlassLogin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("minted_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LogoutNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", relyant.fields.ByteExactCharField(max_length=255)),
                ("jti", models.CharField(max_length=64)),
                ("subject", relyant.fields.ByteExactCharField(blank=True, max_length=255)),
                ("sid", relyant.fields.ByteExactCharField(blank=True, max_length=255)),
                ("issued_at", models.DateTimeField()),
                ("keep_until", models.DateTimeField(db_index=True)),
                ("completed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["issuer", "sid"], name="relyant_notice_by_sid"),
                    models.Index(fields=["issuer", "subject"], name="relyant_notice_by_subject"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("issuer", "jti"), name="relyant_one_logout_per_jti"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UserSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handle", models.CharField(editable=False, max_length=64, unique=True, verbose_name="handle")),
                ("provider", models.CharField(max_length=255, verbose_name="provider")),
                ("issuer", relyant.fields.ByteExactCharField(max_length=255, verbose_name="issuer")),
                ("subject", relyant.fields.ByteExactCharField(max_length=255, verbose_name="subject")),
                (
                    "sid",
                    relyant.fields.ByteExactCharField(
                        blank=True, max_length=255, verbose_name="session at the provider"
                    ),
                ),
                ("session_key", models.TextField(blank=True, editable=False, verbose_name="session key")),
                ("user_agent", models.CharField(blank=True, max_length=255, verbose_name="browser")),
                ("signed_in_at", models.DateTimeField(verbose_name="signed in")),
                ("checked_at", models.DateTimeField(verbose_name="confirmed by the provider")),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="ends at the latest")),
                ("generation", models.PositiveIntegerField(default=0, editable=False, verbose_name="generation")),
                ("claimed_until", models.DateTimeField(editable=False, null=True, verbose_name="renewal until")),
                (
                    "failing_since",
                    models.DateTimeField(editable=False, null=True, verbose_name="provider away since"),
                ),
                ("state", models.TextField(blank=True, editable=False, verbose_name="state")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "ended_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("logout", "signed out here"),
                            ("replaced", "signed in again"),
                            ("back_channel", "signed out at the provider"),
                            ("front_channel", "signed out at the provider, in this browser"),
                            ("refused", "the provider doesn't let it go on"),
                            ("decision", "the policy doesn't let it go on"),
                            ("unreachable", "the provider was away for too long"),
                            ("age", "older than a session may be"),
                            ("user", "ended by its user"),
                            ("operator", "ended by an operator"),
                            ("unlinked", "the provider was unlinked"),
                            ("gone", "no longer there"),
                        ],
                        max_length=16,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="relyant_sessions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "ordering": ("-signed_in_at", "-pk"),
                "indexes": [
                    models.Index(fields=["issuer", "sid"], name="relyant_session_by_sid"),
                    models.Index(fields=["issuer", "subject"], name="relyant_session_by_subject"),
                ],
            },
        ),
    ]
