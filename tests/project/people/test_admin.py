"""The admin's pages where people have an e-mail address and no user name: on an admin of the project's own."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import clear_url_caches, path
from django.utils import timezone

from relyant import events
from relyant.admin import EventAdmin, LinkedIdentityAdmin
from relyant.models import Event, EventKind, LinkedIdentity
from tests.project import urls

pytestmark = pytest.mark.django_db
Person = get_user_model()
HERE = "/office/relyant/linkedidentity/"


@pytest.fixture(autouse=True)
def _office(configure):
    """An admin at `/office/` that has people and our pages."""
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.example.com/realms/brewery"})
    site = admin.AdminSite(name="office")
    site.register(LinkedIdentity, LinkedIdentityAdmin)
    site.register(Event, EventAdmin)
    site.register(Person, admin.ModelAdmin)
    urls.urlpatterns.append(path("office/", site.urls))
    clear_url_caches()
    yield
    urls.urlpatterns.pop()
    clear_url_caches()


@pytest.fixture
def root(client):
    root = Person.objects.create(email="root@brewery.example", is_staff=True, is_superuser=True)
    client.force_login(root, backend="relyant.backends.RelyantBackend")
    return client


def words(answer):
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_each_page_names_people_by_their_address(root, sign_in):
    linked = sign_in("creators").linked_identity
    events.record(EventKind.LINKED, user=linked.user, actor=linked.user, provider="keycloak")
    event = Event.objects.get(kind=EventKind.LINKED)
    for page in (
        HERE,
        f"{HERE}?q=carol@brewery.example",
        f"{HERE}{linked.pk}/change/",
        f"{HERE}{linked.pk}/delete/",
        f"{HERE}policy/?provider=keycloak&rule=staff",
        "/office/relyant/event/?q=carol@brewery",
        f"/office/relyant/event/?user={linked.user.pk}",
        f"/office/relyant/event/{event.pk}/change/",
        f"/office/people/person/{linked.user.pk}/change/",
    ):
        assert "carol@brewery.example" in words(root.get(page)), page


def test_her_own_page_says_why(root, sign_in):
    carol = sign_in("creators").user
    page = root.get(f"/office/people/person/{carol.pk}/change/")
    assert "group creators because role creators in realm_access.roles of the access token" in words(page)
    assert f'href="/office/relyant/event/?user={carol.pk}"' in page.content.decode()


def test_unlinking_takes_back_what_it_said(root, sign_in):
    linked = sign_in("creators").linked_identity
    assert "taken back: group creators staff" in words(root.get(f"{HERE}{linked.pk}/delete/"))
    root.post(f"{HERE}{linked.pk}/delete/", {"post": "yes"})
    carol = Person.objects.get(email="carol@brewery.example")
    assert not carol.groups.exists() and not carol.is_staff
    unlinked = Event.objects.get(kind=EventKind.UNLINKED)
    assert unlinked.at <= timezone.now()
    assert unlinked.detail["actor"]["name"] == "root@brewery.example"
