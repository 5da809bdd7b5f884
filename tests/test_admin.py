"""The admin's pages: linked identities, who may unlink whom, events, and the policy in words."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from relyant import admin_policy, events
from relyant.models import Event, EventKind, LinkedIdentity

LIST = "admin:relyant_linkedidentity_changelist"
DELETE = "admin:relyant_linkedidentity_delete"
CHANGE = "admin:relyant_linkedidentity_change"


@pytest.fixture
def link(db):
    """Somebody with a linked identity: `link("carol")`, `link("adam", is_superuser=True)`."""

    def make(name, **flags):
        user = User.objects.create(username=name, **flags)
        return LinkedIdentity.objects.create(
            issuer="https://sso.example.com", subject=f"sub-{name}", user=user, last_login_at=timezone.now()
        )

    return make


@pytest.fixture
def clerk(db):
    """Staff who may look at linked identities and delete them, and nothing else."""
    user = User.objects.create(username="clerk", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=("view_linkedidentity", "delete_linkedidentity"))
    )
    return signed_in(user)


@pytest.fixture
def superuser(db):
    return signed_in(User.objects.create(username="root", is_staff=True, is_superuser=True))


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def delete_one(client, *identities):
    for identity in identities:
        client.post(reverse(DELETE, args=[identity.pk]), {"post": "yes"})


def delete_selected(client, *identities):
    client.post(
        reverse(LIST),
        {
            "action": "delete_selected",
            "_selected_action": [identity.pk for identity in identities],
            "post": "yes",
        },
    )


BOTH_WAYS = pytest.mark.parametrize("delete", [delete_one, delete_selected])


@BOTH_WAYS
def test_staff_may_unlink_a_customer(clerk, link, delete):
    delete(clerk, link("carol"))
    assert not LinkedIdentity.objects.exists()


@BOTH_WAYS
def test_staff_can_not_lock_a_superuser_out(clerk, link, delete):
    """Without her link, her next login finds her user name taken."""
    delete(clerk, link("adam", is_superuser=True))
    assert LinkedIdentity.objects.exists()


@BOTH_WAYS
def test_who_may_only_look_unlinks_nobody(clerk, link, delete):
    User.objects.get(username="clerk").user_permissions.remove(
        Permission.objects.get(codename="delete_linkedidentity")
    )
    delete(clerk, link("carol"))
    assert LinkedIdentity.objects.exists()


def test_a_superuser_among_others_keeps_them_all(clerk, link):
    delete_selected(clerk, link("carol"), link("adam", is_superuser=True))
    assert LinkedIdentity.objects.count() == 2


def test_staff_do_not_delete_the_person_beside_the_link(clerk, link):
    """The superuser herself would take her link along."""
    adam = link("adam", is_superuser=True).user
    staff = User.objects.get(username="clerk")
    staff.user_permissions.add(Permission.objects.get(codename="delete_user"))
    clerk.post(reverse("admin:auth_user_delete", args=[adam.pk]), {"post": "yes"})
    assert LinkedIdentity.objects.filter(user=adam).exists()


@BOTH_WAYS
def test_a_superuser_may_unlink_a_superuser(superuser, link, delete):
    delete(superuser, link("adam", is_superuser=True))
    assert not LinkedIdentity.objects.exists()


def test_nobody_makes_or_changes_a_link_by_hand(superuser, link):
    identity = link("carol")
    assert superuser.get(reverse("admin:relyant_linkedidentity_add")).status_code == 403
    answer = superuser.post(reverse(CHANGE, args=[identity.pk]), {"subject": "sub-mallory"})
    assert answer.status_code == 403
    identity.refresh_from_db()
    assert identity.subject == "sub-carol"


def test_a_link_is_found_by_the_users_name(superuser, link):
    link("carol")
    link("chris")
    page = superuser.get(reverse(LIST), {"q": "carol"}).content.decode()
    assert "sub-carol" in page
    assert "sub-chris" not in page


@BOTH_WAYS
def test_unlinking_takes_back_what_it_granted_and_says_who_did_it(superuser, sign_in, delete):
    signed = sign_in("creators")
    delete(superuser, signed.linked_identity)
    carol = User.objects.get(username="carol")
    assert not carol.groups.exists() and not carol.is_staff
    unlinked = Event.objects.get(kind=EventKind.UNLINKED)
    assert (unlinked.user, unlinked.actor.username, unlinked.subject) == (carol, "root", "sub-carol")


def test_unlinking_several_is_asked_first(superuser, link):
    identity = link("carol")
    asked = superuser.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [identity.pk]})
    assert "Are you sure" in asked.content.decode()
    assert LinkedIdentity.objects.exists()
    assert "Unlink selected linked identities" in superuser.get(reverse(LIST)).content.decode()


def test_the_page_of_a_link_says_what_it_gave_and_why(superuser, sign_in):
    linked = sign_in("creators").linked_identity
    page = superuser.get(reverse(CHANGE, args=[linked.pk])).content.decode()
    assert "because role <code>creators</code> in <code>realm_access.roles</code> of the access token" in page
    assert "sub-carol" in page


def test_links_are_filtered_by_provider(superuser, sign_in, configure, settings):
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.example.com/realms/brewery"})
    configure(
        {"PROVIDERS.other": {**settings.RELYANT["PROVIDERS"]["keycloak"], "ISSUER": "https://other.example"}}
    )
    sign_in("creators")
    sign_in("creators", name="chris", issuer="https://other.example", provider="other")
    page = superuser.get(reverse(LIST), {"provider": "other"}).content.decode()
    assert "sub-chris" in page and "sub-carol" not in page
    assert "sub-carol" in superuser.get(reverse(LIST), {"provider": "nonsense"}, follow=True).content.decode()


# Events.

EVENTS = "admin:relyant_event_changelist"
EVENT = "admin:relyant_event_change"


@pytest.fixture
def refused(db, configure):
    """An event of a refusal."""
    configure({"EVENTS": "all"})
    carol = User.objects.create(username="carol")
    events.record(
        EventKind.REFUSED,
        user=carol,
        provider="keycloak",
        subject="sub-carol",
        code="decision.not_allowed",
        reference="abcd2345",
        detail={"why": "<b>none</b> of her roles"},
    )
    return Event.objects.get()


def test_events_are_listed_with_links_to_the_user_and_to_what_the_code_means(superuser, refused):
    page = superuser.get(reverse(EVENTS)).content.decode()
    assert f'<a href="/admin/auth/user/{refused.user.pk}/change/">carol</a>' in page
    assert '<a href="/oidc/codes/decision.not_allowed/">decision.not_allowed</a>' in page
    assert "why: &lt;b&gt;none&lt;/b&gt; of her roles" in page and "<b>none" not in page
    assert "abcd2345" in superuser.get(reverse(EVENT, args=[refused.pk])).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "abcd2345"}, True),
        ({"q": "sub-carol"}, True),
        ({"q": "carol"}, True),
        ({"q": "nobody"}, False),
        ({"kind__exact": "refused"}, True),
        ({"kind__exact": "login"}, False),
        ({"provider": "keycloak"}, True),
        ({"at__gte": "2020-01-01 00:00:00+00:00"}, True),
    ],
)
def test_events_are_found(superuser, refused, query, found):
    page = superuser.get(reverse(EVENTS), query).content.decode()
    assert ("decision.not_allowed</a>" in page) == found


def test_an_event_of_somebody_who_was_deleted_keeps_her_name(superuser, refused):
    refused.user.delete()
    page = superuser.get(reverse(EVENTS), {"q": "carol"}).content.decode()
    assert "carol</td>" in page and "/auth/user/None" not in page


def test_events_are_written_by_what_happens_alone(superuser, refused):
    assert superuser.get(reverse("admin:relyant_event_add")).status_code == 403
    assert superuser.post(reverse(EVENT, args=[refused.pk]), {"code": "x"}).status_code == 403
    assert (
        superuser.post(reverse("admin:relyant_event_delete", args=[refused.pk]), {"post": "yes"}).status_code
        == 403
    )
    superuser.post(
        reverse(EVENTS), {"action": "delete_selected", "_selected_action": [refused.pk], "post": "yes"}
    )
    assert Event.objects.filter(code="decision.not_allowed").exists()


def test_events_are_for_those_who_may_view_them(clerk, refused):
    assert clerk.get(reverse(EVENTS)).status_code == 403


def test_a_user_with_an_event_can_still_be_deleted(superuser, refused):
    """Her events stay: the admin asks for no right to delete them."""
    superuser.post(reverse("admin:auth_user_delete", args=[refused.user.pk]), {"post": "yes"})
    assert not User.objects.filter(username="carol").exists()
    refused.refresh_from_db()
    assert refused.user is None


# The policy.

POLICY = "admin:relyant_linkedidentity_policy"


@pytest.fixture
def issuer(configure):
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.example.com/realms/brewery"})


def words(answer):
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_policy_is_shown_in_words_with_how_many_got_what(superuser, sign_in, issuer):
    sign_in("creators")
    sign_in("customers", name="chris")
    text = words(superuser.get(reverse(POLICY)))
    assert "Rights from Keycloak Issuer: https://sso.example.com/realms/brewery" in text
    assert "realm_access.roles" in text
    assert "group creators the role creators 1 group customers the role customers 1" in text
    assert "staff any of the roles customers , creators , admins 2" in text
    assert "superuser the role admins 0" in text
    assert "By the reasons of the 2 newest sign-ins." in text
    assert superuser.get(reverse(LIST)).content.decode().count(reverse(POLICY)) == 1


def test_whom_a_rule_gave_something_is_listed_by_pages(superuser, sign_in, issuer, monkeypatch):
    monkeypatch.setattr(admin_policy, "_ON_A_PAGE", 2)
    for name in ("carol", "chris", "clara"):
        sign_in("creators", name=name)
    sign_in("customers", name="nora")
    asked = {"provider": "keycloak", "rule": "group:creators"}
    first, second = (words(superuser.get(reverse(POLICY), {**asked, "page": page})) for page in (1, 2))
    assert "clara because role creators in realm_access.roles of the access token" in first
    assert "chris" in first and "carol" not in first and "Page 1 of 2 Next page" in first
    assert "carol" in second and "Previous page Page 2 of 2" in second and "nora" not in first + second
    nobody = words(superuser.get(reverse(POLICY), {**asked, "rule": "superuser"}))
    assert "Nobody, by the newest sign-ins." in nobody
    assert superuser.get(reverse(POLICY), {**asked, "provider": "entra"}).status_code == 404


def test_only_so_many_sign_ins_are_looked_through(superuser, sign_in, issuer, monkeypatch):
    monkeypatch.setattr(admin_policy, "LOOKED_AT", 1)
    sign_in("creators")
    sign_in("creators", name="chris")
    assert "By the reasons of 1 newest sign-in." in words(superuser.get(reverse(POLICY)))


def test_groups_by_their_roles_own_names_and_what_is_wrong_are_said(superuser, sign_in, configure, issuer):
    policy = {"GROUPS": "same-name", "STAFF": [], "HOOK": "beer.policy.decide"}
    configure({"PROVIDERS.keycloak.POLICY": policy})
    Group.objects.create(name="tasters")
    sign_in("tasters", policy={"GROUPS": "same-name"})
    text = words(superuser.get(reverse(POLICY)))
    assert "Each role gives the group of its own name." in text
    assert "The hook beer.policy.decide decides on top of these rules." in text
    assert "group tasters the role of its own name 1" in text
    assert "RELYANT.PROVIDERS.keycloak.POLICY.STAFF : " in text


def test_a_policy_that_is_wrong_says_so_and_no_page_breaks(superuser, configure, settings):
    configure({"PROVIDERS.keycloak.POLICY": {"STAFF": 7}})
    assert "RELYANT.PROVIDERS.keycloak.POLICY.STAFF" in words(superuser.get(reverse(POLICY)))
    settings.RELYANT = {"PROVIDERS": {}}
    assert "run the system checks" in words(superuser.get(reverse(POLICY)))


def test_the_policy_is_for_those_who_may_view_linked_identities(clerk):
    assert clerk.get(reverse(POLICY)).status_code == 200
    User.objects.get(username="clerk").user_permissions.clear()
    assert clerk.get(reverse(POLICY)).status_code == 403
    assert Client().get(reverse(POLICY)).status_code == 302
