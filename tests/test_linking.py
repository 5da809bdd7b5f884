"""Which account that was here before a first sign-in takes over: none, unless a setting says so, and then safely."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from relyant import linking, provisioning
from relyant.errors import Refusal
from relyant.models import Event, LinkedIdentity
from tests.conftest import ISSUER

OTHER_ISSUER = "https://login.pub.example"
ADDRESS = "carol@brewery.example"

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(configure):
    """Set `LINK` and what goes with it: `link("verified-email", UNTIL="2027-03-31")`."""

    def change(rule, **more):
        changes = {"PROVIDERS.keycloak.ISSUER": ISSUER, "PROVIDERS.keycloak.LINK": rule}
        changes |= {f"PROVIDERS.keycloak.LINK_{key}": value for key, value in more.items()}
        configure(changes)

    return change


@pytest.fixture
def arrive(decide):
    """Sign in somebody as a callback does, with claims by source: `arrive(id_token={"email_verified": True})`."""

    def apply(subject="sub-carol", name="carol", roles=(), *, id_token=None, **others):
        told = {"email": ADDRESS, "email_verified": True} if id_token is None else id_token
        sources = {"id_token": {"preferred_username": name, **told}, **others}
        return provisioning.apply(
            provider="keycloak",
            issuer=ISSUER,
            subject=subject,
            decision=decide(*roles, name=name, claims=sources["id_token"]),
            claims=lambda: sources,
        )

    return apply


def account(name="hops", email=ADDRESS, **more):
    return User.objects.create_user(name, email=email, password="local", **more)


def row(user, issuer, subject):
    return LinkedIdentity.objects.create(
        user=user, issuer=issuer, subject=subject, last_login_at=datetime.now(tz=timezone.utc)
    )


def refused(arrive, **how):
    with pytest.raises(Refusal) as caught:
        arrive(**how)
    assert not LinkedIdentity.objects.exists()
    return caught.value.code


# By a verified address.


def test_by_default_nobody_is_taken_over(configure, arrive):
    configure({"PROVIDERS.keycloak.ISSUER": ISSUER})
    hers = account()
    assert arrive().user != hers


# ID-18
def test_a_verified_address_takes_its_account_over(link, arrive):
    link("verified-email")
    hers = account()
    result = arrive(roles=["customers"])
    assert (result.user, result.created, result.adopted) == (hers, False, True)
    hers.refresh_from_db()
    assert (hers.username, hers.is_staff) == ("carol", True)
    again = arrive(roles=["customers"])
    assert (again.user, again.adopted) == (hers, False)


# ID-18
@pytest.mark.parametrize(
    "claims",
    [
        {"email": ADDRESS},
        {"email": ADDRESS, "email_verified": False},
        {"email": ADDRESS, "email_verified": "true"},
        {"email": ADDRESS, "email_verified": 1},
        {"email": ADDRESS, "email_verified": None},
        {"email": [ADDRESS], "email_verified": True},
        {"email": f'"{ADDRESS}"@evil.example', "email_verified": True},
        {"email": f"{ADDRESS}@evil.example", "email_verified": True},
        {"email": f"{ADDRESS} ", "email_verified": True},
        {"email": f"\0{ADDRESS}", "email_verified": True},
        {"email": "", "email_verified": True},
    ],
)
def test_an_address_that_is_not_verified_takes_nothing_over(link, arrive, claims):
    link("verified-email")
    hers, nobody = account(), account("nobody", email="")
    assert arrive(id_token=claims).user not in (hers, nobody)


# ID-18
def test_that_an_address_is_verified_must_be_said_by_the_source_that_it_comes_from(link, arrive):
    link("verified-email")
    hers = account()
    says_so, whole = {"email_verified": True}, {"email": ADDRESS, "email_verified": True}
    for number, sources in enumerate(
        [
            {"id_token": {"email": ADDRESS}, "userinfo": says_so},
            {"id_token": says_so, "userinfo": {"email": ADDRESS}},
            {"id_token": {"email": "other@brewery.example"}, "userinfo": whole},
        ]
    ):
        user = arrive(str(number), f"carol{number}", **sources).user
        assert user != hers
        # Who is created gets the unverified address, too; here hers is to be the only one.
        User.objects.filter(pk=user.pk).update(email="")
    assert arrive("9", "carol9", id_token={}, userinfo=whole).user == hers


# ID-18
@pytest.mark.parametrize(
    ("kept", "is_same"),
    [
        ("carol@BREWERY.example", True),
        ("Carol@brewery.example", True),
        ("c\u0430rol@brewery.example", False),
        ("car\u00f6l@brewery.example", False),
        ("carol@brewery.example.org", False),
    ],
)
def test_addresses_are_compared_as_mail_servers_do(link, arrive, kept, is_same):
    link("verified-email")
    hers = account(email=kept)
    assert (arrive().user == hers) is is_same


# ID-18
def test_two_letters_that_a_database_takes_for_one_take_nothing_over(link, arrive):
    """CVE-2019-19844: the Kelvin sign is a `k` in lower case; the address is another one all the same."""
    link("verified-email")
    hers = account(email="kate@brewery.example")
    mallory = {"email": "\N{KELVIN SIGN}ate@brewery.example", "email_verified": True}
    assert arrive(name="mallory", id_token=mallory).user != hers


# ID-18
def test_two_accounts_with_the_address_are_a_question_for_the_operator(link, arrive):
    link("verified-email")
    account()
    second = account("second", email="CAROL@brewery.example")
    assert refused(arrive) == "account.link_ambiguous"
    User.objects.filter(pk=second.pk).update(is_active=False)
    assert arrive().user.pk != second.pk
    assert LinkedIdentity.objects.get().user.username == "carol"


def test_who_was_deactivated_does_not_come_in_by_a_new_account(link, arrive):
    link("verified-email")
    account(is_active=False)
    assert refused(arrive) == "account.inactive"
    assert User.objects.count() == 1


# ID-18
def test_an_address_counts_for_the_domains_alone_that_are_named(link, arrive):
    link("verified-email", DOMAINS=["pub.example", "brewery.EXAMPLE"])
    hers = account()
    regular = account("regular", email="rita@evil.example")
    claims = {"email": "rita@evil.example", "email_verified": True}
    assert arrive("sub-rita", "rita", id_token=claims).user != regular
    assert arrive().user == hers


@pytest.mark.parametrize("use_tz", [True, False])
def test_the_window_closes(link, arrive, settings, use_tz):
    settings.USE_TZ = use_tz
    hers = account()
    now = datetime.now(tz=timezone.utc)
    link("verified-email", UNTIL=now - timedelta(seconds=1))
    late = arrive(name="cara", subject="1").user
    assert late != hers
    User.objects.filter(pk=late.pk).update(email="")
    link("verified-email", UNTIL=now + timedelta(days=1))
    assert arrive().user == hers


def test_who_came_in_while_the_window_was_open_stays_linked(link, arrive):
    link("verified-email", UNTIL="2999-12-31")
    hers = arrive().user
    link("verified-email", UNTIL="2000-01-01")
    assert arrive().user == hers


# Whose account it is.


# ID-17
@pytest.mark.parametrize("rule", ["verified-email", "username"])
def test_an_account_of_another_subject_is_never_taken_over(link, arrive, rule):
    """The address, or the name, has come to somebody new at the provider."""
    link(rule)
    former = account("carol")
    row(former, ISSUER, "former")
    with pytest.raises(Refusal) as caught:
        arrive()
    assert caught.value.code == "account.username_taken"
    if rule == "verified-email":
        assert arrive(name="carol2").user != former
    assert LinkedIdentity.objects.filter(user=former).count() == 1


# ID-18
def test_an_account_that_another_provider_opens_is_not_taken_over_by_an_address(link, arrive, settings):
    """That one may verify no addresses, and somebody may have come by it first, with hers."""
    link("verified-email")
    planted = account()
    row(planted, OTHER_ISSUER, "mallory")
    former = settings.RELYANT
    other = {"ISSUER": OTHER_ISSUER, "CLIENT_ID": "beer"}
    settings.RELYANT = {**former, "PROVIDERS": {**former["PROVIDERS"], "pub": other}}
    new = arrive(name="cara", subject="1").user
    assert new != planted
    User.objects.filter(pk=new.pk).update(email="")
    # Nobody signs in by a provider that is gone: this is how one moves to another.
    settings.RELYANT = former
    assert arrive().user == planted


# ID-18, AZ-07
def test_each_tenant_of_a_provider_is_one_of_those_that_may_have_been_there_first(link, arrive, configure):
    link("verified-email")
    planted = account()
    row(planted, "https://login.microsoftonline.com/1f/v2.0", "mallory")
    address = "https://login.microsoftonline.com/common/v2.0"
    entra = {"ISSUER": address, "CLIENT_ID": "beer", "PRESET": "entra", "TENANTS": ["1f"]}
    configure({"PROVIDERS.entra": entra})
    assert arrive().user != planted


@pytest.mark.parametrize("rule", ["verified-email", "username", "tests.test_linking.her_account"])
@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_staff_and_superusers_are_taken_over_only_if_they_are_named(link, arrive, rule, flag):
    hers = account("carol", **{flag: True})
    link(rule, PRIVILEGED=["Carol", "adam"])
    assert refused(arrive) == "account.link_privileged"
    link(rule, PRIVILEGED=["carol"])
    assert arrive().user == hers


# What an account keeps.


# SE-07, ID-18
@pytest.mark.parametrize("rule", ["verified-email", "username", "tests.test_linking.her_account"])
def test_the_password_that_somebody_may_have_set_before_is_gone(link, arrive, client, rule):
    """Whoever made the account with her address, before she came, has its password and a session."""
    link(rule)
    account("carol")
    assert client.login(username="carol", password="local")
    assert client.get("/oidc/logout/").wsgi_request.user.is_authenticated
    user = arrive().user
    assert not User.objects.get(pk=user.pk).has_usable_password()
    assert not client.get("/oidc/logout/").wsgi_request.user.is_authenticated
    assert not client.login(username="carol", password="local")


def test_a_session_ends_too_where_the_account_had_no_password(link, arrive, client):
    link("verified-email")
    hers = account("carol")
    hers.set_unusable_password()
    hers.save()
    client.force_login(hers)
    arrive()
    assert not client.get("/oidc/logout/").wsgi_request.user.is_authenticated


def test_who_was_named_by_hand_keeps_her_password(link, arrive):
    link("verified-email", PRIVILEGED=["adam"])
    account("adam", is_superuser=True)
    arrive(name="adam")
    assert User.objects.get().check_password("local")


def test_whoever_keeps_her_password_keeps_her_name(link, arrive):
    link("verified-email", PRIVILEGED=["hops"])
    account(is_staff=True)
    assert arrive().user.username == "hops"


# SE-07, ID-18
def test_a_stranger_who_signed_up_by_a_name_that_is_listed_keeps_no_password(link, arrive):
    """The list names somebody who has no account yet, and a stranger made one with her name and address."""
    link("verified-email", PRIVILEGED=["adam"])
    account("adam")
    arrive("1", "adam", ["admins"])
    user = User.objects.get()
    assert user.is_superuser and not user.has_usable_password()


def test_whoever_signs_in_by_another_provider_keeps_the_name_of_that_one(link, arrive, configure):
    link("tests.test_linking.her_account_by_address")
    hers = account("hops")
    row(hers, OTHER_ISSUER, "1")
    configure({"PROVIDERS.pub": {"ISSUER": OTHER_ISSUER, "CLIENT_ID": "beer"}})
    assert [arrive().user.username for _ in range(2)] == ["hops", "hops"]


def test_rights_by_hand_are_the_providers_from_now_on_as_far_as_its_policy_names_them(link, arrive):
    link("username", PRIVILEGED=["carol"])
    account("carol", is_staff=True)
    user = arrive().user
    assert not User.objects.get(pk=user.pk).is_staff


def test_a_superuser_whom_the_policy_demotes_stays_if_she_is_the_last(link, arrive):
    link("username", PRIVILEGED=["carol"])
    account("carol", is_superuser=True)
    arrive()
    assert User.objects.get().is_superuser


@pytest.mark.parametrize(("privileged", "keeps"), [([], False), (["hops"], True)])
def test_taking_over_is_an_event(link, arrive, privileged, keeps):
    link("verified-email", PRIVILEGED=privileged)
    hers = account(is_staff=bool(privileged))
    arrive()
    told = Event.objects.get(kind="adopted")
    assert (told.user, told.actor, told.provider) == (hers, None, "keycloak")
    assert (told.issuer, told.subject) == (ISSUER, "sub-carol")
    assert told.detail["user"]["name"] == "hops"
    assert (told.detail["rule"], told.detail["keeps_password"]) == ("verified-email", keeps)
    assert not Event.objects.filter(kind="user_created").exists()


@pytest.mark.parametrize(
    ("rule", "change", "found"),
    [
        ("verified-email", {"email": "other@brewery.example"}, None),
        ("verified-email", {"email": ADDRESS.upper()}, "hers"),
        ("username", {"username": "cara"}, None),
        ("username", {"email": "other@brewery.example"}, "hers"),
        ("username", {"is_active": False}, "account.inactive"),
        ("verified-email", {"is_staff": True}, "account.link_privileged"),
    ],
)
def test_what_changed_while_it_waited_for_the_lock_counts(link, rule, change, found):
    link(rule)
    hers = account("carol")

    def hold(user):
        User.objects.filter(pk=user.pk).update(**change)
        return User.objects.get(pk=user.pk)

    claims = {"id_token": {"email": ADDRESS, "email_verified": True}}
    newcomer = linking.Newcomer("keycloak", ISSUER, "1", {"username": "carol"}, lambda: claims)
    try:
        adopted = linking.find(newcomer, User.objects.all(), hold)
    except Refusal as refusal:
        assert refusal.code == found
    else:
        assert (adopted and adopted.user) == (hers if found == "hers" else None)


# By user name.


def test_a_user_name_takes_its_account_over_where_the_provider_is_trusted(link, arrive):
    link("username")
    hers = account("carol", email="")
    assert arrive(id_token={}).user == hers


@pytest.mark.parametrize("name", ["Carol", "CAROL"])
def test_a_user_name_is_compared_with_its_case(link, arrive, name):
    link("username")
    hers = account(name, email="")
    assert arrive().user != hers


# ID-18, AZ-02
@pytest.mark.parametrize(
    "name", ["\N{FULLWIDTH LATIN SMALL LETTER C}arol", "caro\N{MODIFIER LETTER SMALL L}"]
)
@pytest.mark.parametrize("rule", ["username", "tests.test_linking.her_account"])
def test_a_name_that_unicode_takes_for_hers_takes_nothing_over(link, arrive, rule, name):
    """Django stores both as `carol`; at a provider they may be the names of two."""
    link(rule)
    account("carol")
    assert refused(arrive, subject="mallory", name=name) == "account.username_taken"


# ID-18
def test_a_provider_at_which_people_choose_their_names_may_have_been_there_first(link, arrive, configure):
    link("username")
    planted = account("carol")
    row(planted, OTHER_ISSUER, "mallory")
    pub = {"ISSUER": OTHER_ISSUER, "CLIENT_ID": "beer"}
    configure({"PROVIDERS.pub": pub})
    with pytest.raises(Refusal) as caught:
        arrive()
    assert caught.value.code == "account.username_taken"
    configure({"PROVIDERS.pub": {**pub, "LINK": "username"}})
    assert arrive().user == planted


# ID-18
@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_as_a_name_counts_once_it_is_verified(link, decide, configure, verified):
    policy = {"USER": {"username": "email"}}
    link("username")
    configure({"PROVIDERS.keycloak.POLICY": policy})
    hers = account(ADDRESS)

    def arrive(subject, verified):
        claims = {"email": ADDRESS, "email_verified": verified}
        return provisioning.apply(
            provider="keycloak",
            issuer=ISSUER,
            subject=subject,
            decision=decide(policy=policy, claims=claims),
            claims=lambda: {"id_token": claims},
        )

    assert refused(arrive, subject="mallory", verified=verified) == "account.username_taken"
    link("username", DOMAINS=["pub.example"])
    assert refused(arrive, subject="mallory", verified=True) == "account.username_taken"
    link("username", DOMAINS=["brewery.example"])
    assert arrive("sub-carol", verified=True).user == hers


def test_a_policy_that_fills_no_user_name_takes_nothing_over(link, decide):
    link("username")
    account("none")
    with pytest.raises(Refusal) as caught:
        provisioning.apply(
            provider="keycloak",
            issuer=ISSUER,
            subject="1",
            decision=decide(policy={"USER": {"email": "email"}}),
        )
    assert caught.value.code == "account.no_username"


# By a callable of the project's own.


def her_account(newcomer):
    return User.objects.filter(username=newcomer.fields["username"]).first()


def her_account_by_address(newcomer):
    return User.objects.filter(email=newcomer.verified_email).first()


def the_one_with_her_number(newcomer):
    number = newcomer.claims()["id_token"].get("number")
    return User.objects.filter(last_name=number).first()


def somebody_else(_newcomer):
    return LinkedIdentity()


def somebody_unsaved(_newcomer):
    return User(username="carol")


def failing(_newcomer):
    raise LookupError(ADDRESS)


def refusing(_newcomer):
    raise Refusal("decision.not_allowed", "she left in March")


def without_a_database(_newcomer):
    raise OperationalError("gone")


async def asynchronous(_newcomer):
    return None


def of_nobody():
    return None


def test_a_callable_decides_by_what_it_is_told(link, arrive):
    link("tests.test_linking.the_one_with_her_number")
    hers = account(last_name="0815")
    assert arrive("1", "cara", id_token={"number": "0816"}).user != hers
    assert arrive(id_token={"number": "0815"}).user == hers


def test_a_callable_is_told_who_arrives_and_no_report_shows_her_claims(link):
    newcomer = linking.Newcomer("keycloak", ISSUER, "1", {"email": ADDRESS}, lambda: {"id_token": {}})
    assert newcomer.verified_email is None
    assert ADDRESS not in repr(newcomer) and ISSUER in repr(newcomer)


@pytest.mark.parametrize(
    "name",
    ["somebody_else", "somebody_unsaved", "failing", "asynchronous", "of_nobody", "gone_away", "ISSUER"],
)
def test_a_callable_that_fails_lets_nobody_in(link, arrive, caplog, name):
    link(f"tests.test_linking.{name}")
    account()
    with pytest.raises(Refusal) as caught:
        arrive()
    assert caught.value.code == "account.link_failed"
    assert f"tests.test_linking.{name}" in caught.value.operator
    assert ADDRESS not in caught.value.operator
    assert User.objects.count() == 1


def test_a_callable_may_refuse_in_its_own_words(link, arrive):
    link("tests.test_linking.refusing")
    assert refused(arrive) == "decision.not_allowed"


def test_a_callable_without_its_database_is_tried_again_later(link, arrive):
    link("tests.test_linking.without_a_database")
    assert refused(arrive) == "unavailable.database"


def test_a_whole_login_takes_an_account_over(client, configure, relyant_provider):
    configure({"PROVIDERS.keycloak.LINK": "verified-email"})
    hers = account()
    claims = {"preferred_username": "carol", "email": ADDRESS, "email_verified": True}
    relyant_provider.set_claims("carol", claims)
    assert relyant_provider.sign_in(client, "carol").status_code == 302
    assert LinkedIdentity.objects.get().user == hers
    assert client.get("/oidc/logout/").wsgi_request.user == hers
