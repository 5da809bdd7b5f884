"""The Django app: what is connected when the project has loaded."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RelyantConfig(AppConfig):
    """Relyant in `INSTALLED_APPS`, at any place in it."""

    name = "relyant"
    verbose_name = _("Sign-in")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, the groups and the log."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from relyant import checks, groups, sessions, signals
        from relyant.register import note_logout
        from relyant.why import log

        for check in checks.ALL:
            register(check, "relyant")
        for check in checks.FOR_DATABASES:
            register(check, "relyant", Tags.database)
        for check in checks.FOR_DEPLOYMENT:
            register(check, "relyant", deploy=True)
        # One sender: once a `migrate` for each database, not once for every app in it.
        post_migrate.connect(
            groups.apply_group_permissions, sender=self, dispatch_uid="relyant.group_permissions"
        )
        signals.rights_changed.connect(log.note, dispatch_uid="relyant.log")
        # Whoever signs out, and by whichever page, ends the row of her session with it.
        user_logged_out.connect(note_logout, dispatch_uid="relyant.register")
        # And of whoever signs in without a provider, by whichever page, the session knows since when.
        user_logged_in.connect(sessions.note_sign_in, dispatch_uid="relyant.sessions")
