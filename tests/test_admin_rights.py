"""Why a user has her rights, on her page in the admin: without a line of the project's code, and read-only."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta, timezone

import pytest
from asgiref.sync import async_to_sync
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.test import AsyncClient, Client
from django.urls import reverse

from relyant.admin import RightsInline
from relyant.errors import Refusal

pytestmark = pytest.mark.django_db

PANEL = re.compile(r'<section class="relyant-rights module".*?</section>', re.DOTALL)
TAGS = re.compile(r"<[^>]+>")


@pytest.fixture(autouse=True)
def _issuer(configure):
    """The provider of the settings is the one whose identities the tests make."""
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.example.com/realms/brewery"})


@pytest.fixture
def root():
    return signed_in(User.objects.create(username="root", is_staff=True, is_superuser=True))


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def staff(*codenames):
    """Somebody who may do these things in the admin, and nothing else."""
    user = User.objects.create(username="clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return signed_in(user)


def page_of(client, user):
    answer = client.get(reverse("admin:auth_user_change", args=[user.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def panel_of(client, user):
    """The words of the panel, without its marks."""
    (found,) = PANEL.findall(page_of(client, user))
    return " ".join(TAGS.sub(" ", found).split())


def test_a_users_page_says_which_role_gave_what(root, sign_in):
    carol = sign_in("creators", "brewers").user
    carol.groups.add(Group.objects.create(name="tasters"))
    words = panel_of(root, carol)
    assert words.startswith(
        "Why this user has these rights Rights from Keycloak Subject sub-carol , signed in 0"
    )
    because = "because role creators in realm_access.roles of the access token"
    assert f"group creators {because} staff {because}" in words
    assert "Not granted: group customers : needs customers superuser: needs admins" in words
    assert "Roles that no rule asks for: brewers" in words
    assert "Rights by hand group tasters" in words


def test_somebody_of_the_sites_own_has_all_by_hand(root):
    words = panel_of(root, User.objects.get(username="root"))
    assert "No provider signs this user in. Rights by hand staff superuser" in words


def test_the_panel_leads_to_the_policies(root, sign_in):
    for user in (User.objects.get(username="root"), sign_in("creators").user):
        assert 'href="/admin/relyant/linkedidentity/policy/"' in page_of(root, user)


def test_a_refusal_is_said_with_its_code(root, sign_in):
    carol = sign_in("creators").user
    with pytest.raises(Refusal):
        sign_in("guests", policy={"ALLOW": ["members"]})
    page = page_of(root, carol)
    assert 'href="/oidc/codes/decision.not_allowed/"' in page
    assert "access to this site: needs members" in panel_of(root, carol)


def test_no_words_of_a_provider_are_html(root, sign_in):
    text = page_of(root, sign_in("<script>alert(1)</script>", "creators").user)
    assert "<script>alert(1)" not in text and "&lt;script&gt;alert(1)" in text


def test_kept_claims_and_warnings_are_shown(root, sign_in):
    linked = sign_in("creators", claims={"realm_access": {"roles": 7}}).linked_identity
    linked.explanation["claims"] = {"department": {"source": "id_token", "value": "ale"}}
    linked.explanation["left_out"] = {"roles": 3}
    linked.save()
    words = panel_of(root, linked.user)
    assert "department ale" in words and "There was more than is kept here." in words


def test_what_an_earlier_version_left_is_no_error(root, sign_in):
    linked = sign_in("creators").linked_identity
    linked.explanation = {}
    linked.save()
    words = panel_of(root, linked.user)
    assert "No sign-in has left its reasons yet" in words
    assert "group creators" in words


def test_the_panel_is_for_those_who_may_view_linked_identities(sign_in):
    carol = sign_in("creators").user
    assert "relyant" not in page_of(staff("view_user"), carol)
    User.objects.get(username="clerk").delete()
    text = page_of(staff("view_user", "view_linkedidentity"), carol)
    assert PANEL.search(text) and "relyant/event/" not in text
    User.objects.get(username="clerk").delete()
    client = staff("change_user", "view_linkedidentity", "view_event")
    assert f'href="/admin/relyant/event/?user={carol.pk}"' in page_of(client, carol)
    assert client.get(f"/admin/relyant/event/?user={carol.pk}").status_code == 200


def test_the_page_still_saves(root, sign_in):
    carol = sign_in("creators").user
    form = root.get(reverse("admin:auth_user_change", args=[carol.pk])).context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value is not None}
    values |= {"first_name": "Carol", "user_permissions": [], "groups": [], "date_joined_0": "2026-01-01"}
    values |= {"date_joined_1": "12:00", "last_login_0": "", "last_login_1": ""}
    answer = root.post(reverse("admin:auth_user_change", args=[carol.pk]), values)
    assert answer.status_code == 302
    carol.refresh_from_db()
    assert carol.first_name == "Carol"


def test_only_a_users_own_page_has_it(root, sign_in):
    carol = sign_in("creators").user
    group = Group.objects.get(name="creators")
    for address in (
        reverse("admin:auth_group_change", args=[group.pk]),
        reverse("admin:auth_user_add"),
        reverse("admin:auth_user_changelist"),
        reverse("admin:auth_user_history", args=[carol.pk]),
        reverse("admin:auth_user_delete", args=[carol.pk]),
    ):
        answer = root.get(address)
        assert answer.status_code == 200 and not PANEL.search(answer.content.decode())


def test_a_page_with_an_inline_of_the_projects_choice_has_no_panel(root, sign_in, monkeypatch):
    carol = sign_in("creators").user
    monkeypatch.setattr(UserAdmin, "inlines", [RightsInline], raising=False)
    text = page_of(root, carol)
    assert not PANEL.search(text)
    assert "because role <code>creators</code> in <code>realm_access.roles</code>" in text


def test_the_inline_is_read_only_and_for_those_who_may_view(sign_in, monkeypatch):
    carol = sign_in("creators").user
    monkeypatch.setattr(UserAdmin, "inlines", [RightsInline], raising=False)
    assert "realm_access.roles" not in page_of(staff("view_user"), carol)
    User.objects.get(username="clerk").delete()
    text = page_of(staff("change_user", "view_linkedidentity"), carol)
    assert "realm_access.roles" in text
    assert 'name="linked_identities-0-subject"' not in text


def test_settings_that_are_wrong_cost_no_page(root, sign_in, settings):
    carol = sign_in("creators").user
    settings.RELYANT = {"PROVIDERS": {}, "ADMIN_LOGIN": "off"}
    assert "No provider of the settings has the issuer" in panel_of(root, carol)


@pytest.mark.parametrize("inlines", [[], [RightsInline]], ids=["panel", "inline"])
def test_it_costs_as_many_statements_for_one_identity_as_for_ten(
    root, sign_in, monkeypatch, django_assert_max_num_queries, inlines
):
    monkeypatch.setattr(UserAdmin, "inlines", inlines, raising=False)
    carol = sign_in("creators").user
    page_of(root, carol)
    with django_assert_max_num_queries(50) as one:
        page_of(root, carol)
    for number in range(9):
        linked = carol.linked_identities.first()
        linked.pk, linked.subject = None, f"sub-{number}"
        linked.save(force_insert=True)
    with django_assert_max_num_queries(len(one)):
        page_of(root, carol)


@pytest.mark.django_db(transaction=True)
def test_a_site_under_asgi_has_it(sign_in):
    carol = sign_in("creators").user
    client = AsyncClient()
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))

    async def fetch():
        return await client.get(reverse("admin:auth_user_change", args=[carol.pk]))

    assert PANEL.search(async_to_sync(fetch)().content.decode())


def test_a_template_of_the_projects_own_is_extended(root, sign_in, monkeypatch):
    carol = sign_in("creators").user
    monkeypatch.setattr(admin.site._registry[User], "change_form_template", "admin/change_form.html")
    assert "group creators" in panel_of(root, carol)


def test_what_was_taken_away_here_since_is_said(root, sign_in):
    linked = sign_in("creators").linked_identity
    linked.user.groups.clear()
    because = "because role creators in realm_access.roles of the access token"
    assert f"group creators {because} ; taken away here since staff {because} Not granted" in (
        panel_of(root, linked.user).replace("; taken", " ; taken").replace("  ", " ")
    )
    page = root.get(reverse("admin:relyant_linkedidentity_change", args=[linked.pk])).content.decode()
    assert page.count("taken away here since") == 1


def test_a_refusal_by_a_hook_gave_nothing_whatever_the_rules_say(root, sign_in):
    linked = sign_in("creators").linked_identity
    linked.explanation["refusal"] = "decision.refused_by_hook"
    linked.save()
    assert "because role creators" not in panel_of(root, linked.user)


@pytest.mark.parametrize("use_tz", [True, False])
def test_times_are_those_of_the_active_zone(root, sign_in, settings, use_tz):
    settings.USE_TZ, settings.TIME_ZONE = use_tz, "Asia/Tokyo"
    linked = sign_in("creators").linked_identity
    now = datetime.now(timezone.utc)
    tokyo = timezone(timedelta(hours=9))
    two_hours_ago = now - timedelta(hours=2, minutes=3)
    stored = two_hours_ago if use_tz else two_hours_ago.astimezone(tokyo).replace(tzinfo=None)
    linked.last_login_at = stored
    linked.explanation |= {"refusal": "decision.not_allowed", "refused_at": int(now.timestamp())}
    linked.save()
    page = page_of(root, linked.user)
    assert "signed in 2\xa0hours, 3\xa0minutes ago" in page
    for moment in (two_hours_ago, now):
        assert f'<time datetime="{moment.astimezone(tokyo):%Y-%m-%dT%H:%M:%S}' in page


def test_kept_claims_are_shown_as_they_came(root, sign_in):
    linked = sign_in("creators").linked_identity
    values = {"units": ["ale", "stout"], "verified": True, "note": "dark"}
    linked.explanation["claims"] = {
        name: {"source": "id_token", "value": value} for name, value in values.items()
    }
    linked.save()
    assert 'note dark (the ID token) units ["ale", "stout"] (the ID token) verified true (the ID token)' in (
        html.unescape(panel_of(root, linked.user))
    )
