"""How a session comes to its end while its visitor fills in a form."""

from __future__ import annotations


def end_at_provider(visitor, provider, name="adam"):
    """The provider refuses the renewal from now on; as after Keycloak's SSO Session Idle."""
    provider.sign_out(name)
    visitor.new_tab().open("/lapse/")


def lose(visitor, _provider=None):
    """Its row is gone, as after a logout that the provider told of."""
    visitor.new_tab().open("/forget/")


def grow_old(visitor):
    """Let all sign-ins of the site be an hour ago."""
    code = """
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    session = SessionStore(row.session_key)
    if "relyant" in session:
        session["relyant"]["auth_time"] -= 3600
        session.save(must_create=False)
"""
    visitor.site.manage("shell", "-c", code)
