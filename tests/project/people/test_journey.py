"""A whole journey where people have no user name: in, through the admin, and out."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from relyant.models import LinkedIdentity

pytestmark = pytest.mark.django_db
Person = get_user_model()


def test_an_admin_comes_in_looks_around_and_leaves(client, relyant_provider):
    door = client.get("/admin/", follow=False)
    door = client.get(door["Location"])
    request = client.get(door["Location"])["Location"]
    answer = client.get(relyant_provider.callback(request, "adam"))
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")

    adam = Person.objects.get()
    assert (adam.email, adam.is_staff, adam.is_superuser) == ("adam@brewery.example", True, True)
    assert "adam@brewery.example" in client.get("/admin/").content.decode()
    identity = LinkedIdentity.objects.get(user=adam)
    for page in ("/admin/relyant/linkedidentity/", f"/admin/relyant/linkedidentity/{identity.pk}/change/"):
        seen = client.get(page)
        assert seen.status_code == 200 and "adam@brewery.example" in seen.content.decode()

    out = client.post("/admin/logout/")
    assert out.status_code == 303 and out["Location"].startswith(relyant_provider.issuer)
    assert client.get("/admin/").status_code == 302


def test_she_is_found_and_explained_by_her_address(client, relyant_provider, capsys):
    relyant_provider.sign_in(client, "adam")
    adam = Person.objects.get()
    call_command("relyant_explain", adam.email, "--permissions")
    call_command("relyant_events", "--user", adam.email)
    said = capsys.readouterr().out
    assert f"User adam@brewery.example (key {adam.pk})" in said
    assert "superuser: role `admins` in `realm_access.roles` of the access token" in said
    assert "  user_created  adam@brewery.example  keycloak" in said
    found = client.get("/admin/relyant/event/", {"q": "adam@brewery.example"}).content.decode()
    assert "user created" in found
    policy = client.get("/admin/relyant/linkedidentity/policy/?provider=keycloak&rule=superuser")
    assert "adam@brewery.example" in policy.content.decode()


def test_our_pages_call_a_person_by_her_address(client, relyant_provider):
    relyant_provider.sign_in(client, "nora")
    for page, status in (("/admin/login/", 403), ("/oidc/logout/", 200), ("/oidc/logged-out/", 200)):
        seen = client.get(page)
        assert seen.status_code == status
        assert "signed in as <strong>nora@brewery.example</strong>" in seen.content.decode()
    assert client.post("/oidc/logout/").status_code == 303
    assert "You are signed out" in client.get("/oidc/logged-out/").content.decode()
