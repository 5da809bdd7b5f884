"""Our pages in the admin of one theme: a user's rights, linked identities, events, the policy."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Permission, User
from django.urls import clear_url_caches, path, reverse
from django.utils import timezone

from relyant import events
from relyant.models import EndedBy, EventKind, LinkedIdentity, UserSession

PANEL = re.compile(r'<section class="relyant-rights module".*?</section>', re.DOTALL)
BECAUSE = "because role <code>creators</code> in <code>realm_access.roles</code> of the access token"
ISSUER = "https://sso.example.com/realms/brewery"


@pytest.fixture
def carol(sign_in, settings):
    keycloak = {**settings.RELYANT["PROVIDERS"]["keycloak"], "ISSUER": ISSUER}
    settings.RELYANT = {**settings.RELYANT, "EVENTS": "all", "PROVIDERS": {"keycloak": keycloak}}
    user = sign_in("creators").user
    events.record(
        EventKind.REFUSED, user=user, provider="keycloak", code="account.inactive", reference="abcd2345"
    )
    return user


@pytest.fixture
def root(browser):
    browser.force_login(User.objects.create_superuser("root"))
    return browser


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_users_page_says_why_in_its_form(root, carol):
    text = text_of(root.get(f"/back/door/auth/user/{carol.pk}/change/"))
    (panel,) = PANEL.findall(text)
    assert BECAUSE in panel
    assert re.search(r"<form[^>]*id=\"user_form\".*relyant-rights.*</form>", text, re.DOTALL)
    assert not re.search(r"<script|<style|style=|on\w+=|javascript:", panel)
    assert (
        f'href="{reverse("admin:relyant_linkedidentity_change", args=[carol.linked_identities.get().pk])}"'
        in panel
    )


def test_nothing_else_of_a_users_page_changes(root, carol):
    """Whoever may not view linked identities has the page that was there."""
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="change_user"))
    root.force_login(clerk)
    assert "relyant-rights" not in text_of(root.get(f"/back/door/auth/user/{carol.pk}/change/"))


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("", 'href="/back/door/relyant/linkedidentity/policy/"'),
        ("{pk}/change/", BECAUSE),
        ("policy/", "the role <code>admins</code>"),
        ("policy/?provider=keycloak&rule=staff", BECAUSE),
    ],
)
def test_linked_identities_and_the_policy(root, carol, page, shown):
    linked = LinkedIdentity.objects.get()
    assert shown in text_of(root.get("/back/door/relyant/linkedidentity/" + page.format(pk=linked.pk)))


def test_events(root, carol):
    text = text_of(root.get("/back/door/relyant/event/?kind__exact=refused"))
    assert '<a href="/oidc/codes/account.inactive/">account.inactive</a>' in text
    assert f'<a href="/back/door/auth/user/{carol.pk}/change/">carol</a>' in text


def test_sessions_and_the_question_before_they_end(root, carol):
    now = timezone.now()
    session = UserSession.objects.create(
        handle="handle",
        user=carol,
        provider="keycloak",
        issuer=ISSUER,
        subject="sub-carol",
        user_agent="curl/8.5.0",
        signed_in_at=now,
        checked_at=now,
        expires_at=now + timedelta(days=1),
    )
    sessions = "/back/door/relyant/usersession/"
    listed = text_of(root.get(sessions))
    assert "curl" in listed and "End all sessions of these users" in listed
    assert f'href="{sessions}{session.pk}/end/"' in text_of(root.get(f"{sessions}{session.pk}/change/"))
    for address in (f"{sessions}{session.pk}/end/", f"{sessions}of/{carol.pk}/end/"):
        asked = text_of(root.get(address))
        assert "<strong>carol</strong>: curl, signed in by Keycloak" in asked
        assert re.search(r"<form method=\"post\">.*?End them</button>", asked, re.DOTALL)
    panel = text_of(root.get(f"/back/door/auth/user/{carol.pk}/change/"))
    assert f'href="{sessions}of/{carol.pk}/end/"' in panel
    root.post(f"{sessions}of/{carol.pk}/end/", {"post": "yes"})
    session.refresh_from_db()
    assert session.ended_by == EndedBy.OPERATOR


def test_a_site_without_linked_identities_has_the_panel_without_links(root, carol):
    from tests.themes.urls import brewmaster

    brewmaster.register(User, UserAdmin)
    try:
        reload_urls()
        (panel,) = PANEL.findall(text_of(root.get(f"/brewmaster/auth/user/{carol.pk}/change/")))
        assert BECAUSE in panel and "linkedidentity" not in panel
    finally:
        brewmaster.unregister(User)
        reload_urls()


def reload_urls():
    """Let this admin's addresses be made again."""
    from tests.themes import urls

    urls.urlpatterns[1] = path("brewmaster/", urls.brewmaster.urls)
    clear_url_caches()
