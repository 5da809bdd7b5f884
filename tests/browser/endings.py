"""How a session comes to its end while its visitor fills in a form."""

from __future__ import annotations


def end_at_provider(visitor, provider, name="adam"):
    """The provider refuses the renewal from now on; as after Keycloak's SSO Session Idle."""
    provider.sign_out(name)
    visitor.new_tab().open("/lapse/")


def lose(visitor, _provider=None):
    """Its row is gone, as after a logout that the provider told of."""
    visitor.new_tab().open("/forget/")
