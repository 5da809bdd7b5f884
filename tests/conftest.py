"""What the tests share: a changed `RELYANT` setting, real decisions, and logins by them."""

from __future__ import annotations

import copy
import json
import os

import pytest
from django.utils import translation

from relyant import _core

pytest_plugins = ["relyant.pytest_plugin"]

BEER_POLICY = {
    "GROUPS": {"customers": ["customers"], "creators": ["creators"]},
    "STAFF": ["customers", "creators", "admins"],
    "SUPERUSER": ["admins"],
}
ISSUER = "https://sso.example.com/realms/brewery"

# These tests need the other user model; `test_the_suite_of_an_e_mail_only_user_model_passes` runs them with it.
collect_ignore = []
if os.environ.get("DJANGO_SETTINGS_MODULE") != "tests.project.settings_email":
    collect_ignore.append("project/people")


@pytest.fixture
def configure(settings):
    """Change the `RELYANT` setting: `configure({"PROVIDERS.keycloak.TIMEOUT": 3})`; `...` takes a key out."""

    def change(changes):
        changed = copy.deepcopy(settings.RELYANT)
        for path, value in changes.items():
            *parents, key = path.split(".")
            place = changed
            for parent in parents:
                place = place[parent]
            if value is ...:
                del place[key]
            else:
                place[key] = value
        settings.RELYANT = changed

    return change


@pytest.fixture
def decide():
    """Let a policy decide about roles and claims, as Keycloak sends them: `decide("customers", policy={…})`."""

    def evaluate(*roles, policy=BEER_POLICY, name="carol", claims=None):
        id_token = {"preferred_username": name, "email": f"{name}@brewery.example", **(claims or {})}
        # Keycloak drops the claim with the last role.
        access_token = {"realm_access": {"roles": list(roles)}} if roles else {}
        made = _core.Policy(json.dumps(policy), preset="keycloak", client_id="beer")
        return made.evaluate_claims(json.dumps([["id_token", id_token], ["access_token", access_token]]))

    return evaluate


@pytest.fixture
def sign_in(decide):
    """Provision somebody as a login does: `sign_in("customers", name="carol")`; the subject is `sub-NAME`."""
    from relyant import explanation, provisioning

    def apply(*roles, name="carol", subject=None, provider="keycloak", issuer=ISSUER, **how):
        decision = decide(*roles, name=name, **how)
        told = {"email": f"{name}@brewery.example", **(how.get("claims") or {})}
        return provisioning.apply(
            provider=provider,
            issuer=issuer,
            subject=subject or f"sub-{name}",
            decision=decision,
            explained=explanation.of(decision),
            claims=lambda: {"id_token": told},
        )

    return apply


@pytest.fixture(autouse=True)
def _language():
    """Leave no language behind: a request through `LocaleMiddleware` would."""
    with translation.override("en"):
        yield
