"""The admin's pages: linked identities, who may unlink whom, events, and the policy in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from datetime import timezone as zones

import pytest
from django.contrib.admin import AdminSite
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import clear_url_caches, path, reverse, reverse_lazy
from django.utils import timezone, translation

from relyant import admin_policy, events
from relyant.admin import EventAdmin, LinkedIdentityAdmin
from relyant.models import Event, EventKind, LinkedIdentity
from tests.project import urls

pytestmark = pytest.mark.django_db

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


def test_its_page_is_called_by_who_signs_in_where(superuser, sign_in, issuer):
    linked = sign_in("creators", name="carol").linked_identity
    assert ">carol at Keycloak</h2>" in superuser.get(reverse(CHANGE, args=[linked.pk])).content.decode()


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


def test_the_issuers_of_several_tenants_are_one_provider(superuser, sign_in, configure, settings):
    tenants = ["8eaef023-2b34-4da1-9baa-8bc8c9d6a490", "02ad36fc-a9ed-4dd2-8e3c-0f6b8ae8e4d0"]
    several = {
        **settings.RELYANT["PROVIDERS"]["keycloak"],
        "PRESET": "entra",
        "ISSUER": "https://login.microsoftonline.com/organizations/v2.0",
        "TENANTS": tenants,
    }
    configure({"PROVIDERS": {"entra": several}})
    for tenant in tenants:
        issuer = f"https://login.microsoftonline.com/{tenant}/v2.0"
        sign_in("creators", name=f"user{tenant[0]}", provider="entra", issuer=issuer)
    page = superuser.get(reverse(LIST), {"provider": "entra"}).content.decode()
    assert "sub-user8" in page and "sub-user0" in page
    assert "By the reasons of the 2 newest sign-ins." in words(superuser.get(reverse(POLICY)))


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
        ({"q": "not_allowed"}, True),
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


@pytest.mark.parametrize(
    ("word", "query", "is_said"),
    [
        ("changes", {"q": "wxyz6789"}, True),
        ("off", {"q": "wxyz6789"}, True),
        ("all", {"q": "wxyz6789"}, False),
        ("changes", {"q": "abcd2345"}, False),
        ("changes", {}, False),
    ],
)
def test_a_search_for_what_is_not_kept_says_so(superuser, refused, configure, word, query, is_said):
    configure({"EVENTS": word})
    page = superuser.get(reverse(EVENTS), query).content.decode()
    assert ("Sign-ins and refusals leave no events here" in page) == is_said


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


# What unlinking takes back is said before.

SELECTED = {"action": "delete_selected"}


def test_unlinking_says_first_what_it_takes_back(superuser, sign_in, issuer):
    signed = sign_in("creators")
    signed.user.groups.add(Group.objects.create(name="tasters"))
    asked = words(superuser.get(reverse(DELETE, args=[signed.linked_identity.pk])))
    assert "carol does not sign in by Keycloak any more." in asked
    assert "These rights, which came by it, are taken back: group creators staff" in asked
    assert "tasters" not in asked and "superuser" not in asked
    assert "It is the last way in" in asked
    signed.user.set_password("ale")
    signed.user.save()
    assert "the last way in" not in words(superuser.get(reverse(DELETE, args=[signed.linked_identity.pk])))


def test_what_another_identity_gives_too_is_not_taken_back(superuser, sign_in, issuer, settings, configure):
    other = {**settings.RELYANT["PROVIDERS"]["keycloak"], "ISSUER": "https://other.example"}
    configure({"PROVIDERS.other": other})
    signed = sign_in("creators")
    LinkedIdentity.objects.create(
        issuer="https://other.example",
        subject="x",
        user=signed.user,
        last_login_at=timezone.now(),
        grants={"groups": ["creators"], "staff": True, "superuser": None},
    )
    asked = words(superuser.get(reverse(DELETE, args=[signed.linked_identity.pk])))
    assert "No right is taken back: none came by it alone." in asked and "the last way in" not in asked
    delete_one(superuser, signed.linked_identity)
    assert User.objects.get(username="carol").groups.exists()


def test_unlinking_says_that_the_last_superuser_stays_one(superuser, sign_in, issuer):
    linked = sign_in("admins").linked_identity
    page = reverse(DELETE, args=[linked.pk])
    assert "staff superuser" in words(superuser.get(page))
    User.objects.filter(username="root").update(is_superuser=False)
    User.objects.get(username="root").user_permissions.set(
        Permission.objects.filter(codename__in=("view_linkedidentity", "delete_linkedidentity"))
    )
    # Nobody but her could unlink it now.
    assert superuser.get(page).status_code == 403
    asked = words(signed_in(User.objects.get(username="carol")).get(page))
    assert "Superuser against the policy: the last one keeps the flag." in asked


def test_unlinking_several_says_what_came_by_each(superuser, sign_in, link, issuer):
    linked = [sign_in("creators").linked_identity, link("nora")]
    chosen = {**SELECTED, "_selected_action": [one.pk for one in linked]}
    asked = words(superuser.post(reverse(LIST), chosen))
    assert "carol (Keycloak): group creators , staff" in asked
    assert "nora (https://sso.example.com): no right came by it" in asked


def test_an_identity_that_is_gone_meanwhile_is_no_error(superuser):
    answer = superuser.get(reverse(DELETE, args=[4711]))
    assert answer.status_code == 302 and answer["Location"] == "/admin/"


# Who may see which page.

PAGES = {
    "identities": (reverse_lazy(LIST), "view_linkedidentity"),
    "identity": (CHANGE, "view_linkedidentity"),
    "policy": (reverse_lazy(POLICY), "view_linkedidentity"),
    "policy-users": (f"{reverse_lazy(POLICY)}?provider=keycloak&rule=staff", "view_linkedidentity"),
    "unlinking": (DELETE, "delete_linkedidentity"),
    "events": (reverse_lazy(EVENTS), "view_event"),
    "event": (EVENT, "view_event"),
}
"""Each page by its name: its address, or the name of one thing's page; and the permission to see it."""


def address_of(page, sign_in):
    where, _permission = PAGES[page]
    if where == EVENT:
        return reverse(where, args=[Event.objects.latest("pk").pk])
    if where in (CHANGE, DELETE):
        return reverse(where, args=[LinkedIdentity.objects.get().pk])
    return str(where)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_for_staff_with_its_permission_alone(sign_in, issuer, page):
    sign_in("creators")
    address, needed = address_of(page, sign_in), PAGES[page][1]
    assert Client().get(address).status_code == 302
    clerk = User.objects.create(username="clerk", is_staff=True)
    ours = Permission.objects.filter(content_type__app_label="relyant")
    clerk.user_permissions.set(ours.exclude(codename=needed).exclude(codename__startswith="change_"))
    assert signed_in(clerk).get(address).status_code == 403
    clerk.user_permissions.set(ours.filter(codename=needed))
    assert signed_in(clerk).get(address).status_code == 200
    # The permission is nothing without the other flag, and a superuser is none while she is deactivated.
    for flags in ({"is_staff": False}, {"is_staff": True, "is_superuser": True, "is_active": False}):
        User.objects.filter(pk=clerk.pk).update(**flags)
        assert signed_in(clerk).get(address).status_code == 302


def test_no_page_is_changed_by_looking_at_it(superuser, sign_in, issuer):
    sign_in("creators")
    before = (list(LinkedIdentity.objects.values()), list(Event.objects.values()))
    for page in PAGES:
        assert superuser.get(address_of(page, sign_in)).status_code == 200
    assert (list(LinkedIdentity.objects.values()), list(Event.objects.values())) == before


# What a provider sends is no HTML, and costs no statement a row.

EVIL = "<img src=x onerror=alert(1)>`'\""


@pytest.mark.parametrize("page", PAGES)
def test_nothing_that_a_provider_or_a_policy_names_is_html(superuser, configure, issuer, sign_in, page):
    condition = {"claim": "department", "equals": EVIL}
    policy = {"GROUPS": {EVIL: [EVIL, condition]}, "STAFF": [EVIL, condition], "SUPERUSER": condition}
    configure({"PROVIDERS.keycloak.POLICY": policy, "PROVIDERS.keycloak.LABEL": EVIL})
    linked = sign_in(EVIL, f"other {EVIL}", subject=EVIL, policy=policy).linked_identity
    User.objects.filter(pk=linked.user.pk).update(username=EVIL)
    linked.user.refresh_from_db()
    linked.explanation["claims"] = {EVIL: {"source": EVIL, "value": [EVIL]}}
    linked.explanation["warnings"] = [EVIL]
    linked.save()
    events.record(
        EventKind.UNLINKED,
        user=linked.user,
        actor=linked.user,
        provider=EVIL,
        issuer=EVIL,
        subject=EVIL,
        code=EVIL,
        reference=EVIL,
        detail={EVIL: EVIL, "why": f"the role `{EVIL}`", "joined": [EVIL]},
    )
    text = superuser.get(address_of(page, sign_in), follow=True).content.decode()
    assert "<img src=x" not in text and "&lt;img src=x" in text


def fill(sign_in, numbers):
    for number in numbers:
        sign_in("creators", name=f"person{number}")


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("identity", "event", "unlinking")])
def test_a_page_costs_as_many_statements_for_two_users_as_for_twenty(
    superuser, sign_in, issuer, page, django_assert_max_num_queries
):
    address = address_of(page, sign_in)
    fill(sign_in, range(2))
    superuser.get(address)
    with django_assert_max_num_queries(50) as few:
        superuser.get(address)
    fill(sign_in, range(2, 20))
    with django_assert_max_num_queries(len(few)):
        assert ("person19" in superuser.get(address).content.decode()) == (page != "policy")


def test_asking_whether_to_unlink_costs_as_many_statements_for_two_as_for_twenty(
    superuser, sign_in, issuer, django_assert_max_num_queries
):
    fill(sign_in, range(20))
    keys = list(LinkedIdentity.objects.values_list("pk", flat=True))
    with django_assert_max_num_queries(50) as few:
        superuser.post(reverse(LIST), {**SELECTED, "_selected_action": keys[:2]})
    with django_assert_max_num_queries(len(few)):
        superuser.post(reverse(LIST), {**SELECTED, "_selected_action": keys})


# Times, and other admins.


@pytest.mark.parametrize("use_tz", [True, False])
def test_times_are_those_of_the_active_zone(superuser, refused, settings, use_tz):
    settings.USE_TZ, settings.TIME_ZONE = use_tz, "Asia/Tokyo"
    moment = datetime(2026, 3, 1, 23, 30, 15, tzinfo=zones.utc)
    stored = moment if use_tz else (moment + timedelta(hours=9)).replace(tzinfo=None)
    Event.objects.update(at=stored)
    assert "2026-03-02 08:30:15" in words(superuser.get(reverse(EVENTS)))
    refused.refresh_from_db()
    assert str(refused) == "refused, 2026-03-02 08:30:15"
    if use_tz:
        with timezone.override("America/Lima"):
            assert str(refused) == "refused, 2026-03-01 18:30:15"


def test_people_are_found_by_their_address(superuser, sign_in, refused):
    sign_in("creators", name="chris")
    User.objects.filter(username="carol").update(email="ale@brewery.example")
    for address, shown in ((LIST, "sub-chris"), (EVENTS, '/change/">carol</a>')):
        assert (shown in superuser.get(reverse(address), {"q": "ale@brewery"}).content.decode()) == (
            address == EVENTS
        )
    assert "sub-chris" in superuser.get(reverse(LIST), {"q": "chris@brewery"}).content.decode()


@pytest.fixture
def office():
    """A second admin that has these pages, at `/office/`; users it has none."""
    site = AdminSite(name="office")
    site.register(LinkedIdentity, LinkedIdentityAdmin)
    site.register(Event, EventAdmin)
    urls.urlpatterns.append(path("office/", site.urls))
    clear_url_caches()
    yield site
    urls.urlpatterns.pop()
    clear_url_caches()


@pytest.mark.parametrize("page", PAGES)
def test_another_admin_has_the_pages_with_links_of_its_own(superuser, sign_in, issuer, office, page):
    sign_in("creators")
    address = address_of(page, sign_in).replace("/admin/", "/office/")
    text = superuser.get(address).content.decode()
    assert "carol" in text or page == "policy"
    assert "/office/" in text and 'href="/admin/' not in text


def test_events_are_told_in_the_readers_language(superuser, refused):
    events.record(
        EventKind.GROUPS_CHANGED,
        user=refused.user,
        provider="keycloak",
        detail={"joined": ["a"], "left": ["b"], "staff": True},
    )
    with translation.override("de"):
        text = words(superuser.get(reverse(EVENTS)))
    assert "Gruppen geändert" in text and "hinzugekommen: a weggefallen: b Mitarbeiter: ja" in text
