"""A decision becomes a user with exactly the rights that it gives: whole or not at all, and nothing else is touched."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User, UserManager
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    connections,
)
from django.db.models.signals import m2m_changed, post_save
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from relyant import user_fields
from relyant.errors import Refusal
from relyant.models import Grants, LinkedIdentity
from tests.conftest import BEER_POLICY, ISSUER

ROOT = Path(__file__).resolve().parents[1]
SAME_NAME = {"GROUPS": "same-name"}
OTHER_ISSUER = "https://login.pub.example"

pytestmark = pytest.mark.django_db


def groups(user):
    return set(User.objects.get(pk=user.pk).groups.values_list("name", flat=True))


def refused(apply, *args, **kwargs):
    """The code with which a login is refused; and that it left nothing behind."""
    before = (User.objects.count(), LinkedIdentity.objects.count())
    with pytest.raises(Refusal) as caught:
        apply(*args, **kwargs)
    assert (User.objects.count(), LinkedIdentity.objects.count()) == before
    return caught.value.code


# Who it is.


def test_a_first_login_creates_the_user_that_the_claims_describe(sign_in):
    result = sign_in("creators", name="chris", claims={"given_name": "Chris", "family_name": "Brewer"})
    user = User.objects.get()
    assert (user.username, user.first_name, user.last_name) == ("chris", "Chris", "Brewer")
    assert user.email == "chris@brewery.example"
    assert (user.is_staff, user.is_superuser, user.is_active) == (True, False, True)
    assert groups(user) == {"creators"}
    linked = LinkedIdentity.objects.get()
    assert (linked.user, linked.subject) == (user, "sub-chris")
    assert (result.user, result.linked_identity, result.created) == (user, linked, True)
    assert (result.groups_added, result.groups_removed) == (("creators",), ())
    assert result.flags_changed == {"is_staff": True}


def test_se_07_a_created_user_has_no_password(sign_in):
    """SE-07: the provider's door is the only one."""
    assert not sign_in("customers").user.has_usable_password()


def test_a_returning_user_is_the_same_user(sign_in):
    first = sign_in("customers")
    second = sign_in("customers")
    assert (second.user, second.created) == (first.user, False)
    assert second.linked_identity.last_login_at > first.linked_identity.last_login_at


def test_id_17_the_subject_finds_a_user_and_the_email_never(sign_in):
    """ID-17: another subject with the same e-mail is another user; another e-mail of the same subject is the same."""
    carol = sign_in("customers").user
    namesake = sign_in("customers", name="carol2", claims={"email": "carol@brewery.example"}).user
    assert namesake != carol
    moved = sign_in("customers", claims={"email": "carol@pub.example"}).user
    assert moved == carol
    assert User.objects.get(pk=carol.pk).email == "carol@pub.example"


def test_id_17_the_same_subject_at_another_issuer_is_another_user(sign_in):
    """ID-17: a subject is unique only within its issuer."""
    carol = sign_in("customers").user
    other = sign_in("customers", name="carla", subject="sub-carol", issuer=OTHER_ISSUER).user
    assert other != carol


def test_id_17_a_subject_in_another_case_is_another_user(sign_in):
    """ID-17, Core §2: `sub` is case-sensitive."""
    carol = sign_in("customers", subject="abc").user
    assert sign_in("customers", name="cara", subject="ABC").user != carol


@pytest.mark.parametrize("verified", [True, False, "true", None])
def test_id_18_an_account_with_the_same_email_is_never_adopted(sign_in, verified):
    """ID-18: not even for a verified address; linking waits for the setting that asks for it."""
    mallory = User.objects.create_user("mallory", email="carol@brewery.example")
    assert sign_in("customers", claims={"email_verified": verified}).user != mallory
    assert not LinkedIdentity.objects.filter(user=mallory).exists()


def test_an_account_with_the_same_user_name_is_never_adopted(sign_in):
    User.objects.create_user("carol", password="local")
    assert refused(sign_in, "customers") == "account.username_taken"


@pytest.fixture
def hiding(monkeypatch):
    """A user model whose manager shows active users alone."""
    shown = UserManager.get_queryset
    monkeypatch.setattr(UserManager, "get_queryset", lambda manager: shown(manager).filter(is_active=True))


def test_a_name_that_a_hidden_user_has_is_taken(sign_in, hiding):
    User.objects.create_user("carol", is_active=False)
    assert not User.objects.exists()
    assert refused(sign_in, "customers") == "account.username_taken"


def test_a_user_whom_the_manager_hides_is_found_by_her_subject(sign_in, hiding):
    carol = sign_in("customers").user
    User.objects.filter(pk=carol.pk).update(is_active=False)
    assert refused(sign_in, "customers") == "account.inactive"


def test_a_user_who_is_renamed_to_a_taken_name_is_refused_and_keeps_her_own(sign_in):
    carol = sign_in("customers").user
    User.objects.create_user("caroline")
    assert refused(sign_in, "customers", name="caroline", subject="sub-carol") == "account.username_taken"
    assert User.objects.get(pk=carol.pk).username == "carol"


def test_a_user_is_renamed_when_the_provider_renames_her(sign_in):
    carol = sign_in("customers").user
    sign_in("customers", name="caroline", subject="sub-carol")
    assert User.objects.get(pk=carol.pk).username == "caroline"


def test_a_deactivated_user_does_not_come_in_and_is_not_touched(sign_in):
    carol = sign_in("customers").user
    User.objects.filter(pk=carol.pk).update(is_active=False)
    last_login = LinkedIdentity.objects.get().last_login_at
    assert refused(sign_in, "creators") == "account.inactive"
    assert groups(carol) == {"customers"}
    assert LinkedIdentity.objects.get().last_login_at == last_login


def test_whom_the_policy_refuses_does_not_become_a_user(sign_in):
    assert refused(sign_in, "guests", policy={"ALLOW": ["customers"]}) == "decision.not_allowed"


def test_the_log_names_the_roles_that_would_have_let_her_in(client, configure, relyant_provider, caplog):
    configure({"PROVIDERS.keycloak.POLICY": {"ALLOW": ["customers", "creators"]}})
    assert relyant_provider.sign_in(client, "nora").status_code == 403
    [line] = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert "decision.not_allowed" in line
    assert line.endswith("`ALLOW` needs any of the roles `customers`, `creators`")


# AZ-03
def test_whom_the_policy_refuses_loses_what_her_last_login_granted(sign_in):
    sign_in("admins", subject="sub-adam", name="adam")
    carol = sign_in("customers", "admins").user
    carol.groups.add(Group.objects.create(name="by hand"))
    assert User.objects.get(pk=carol.pk).is_superuser
    assert refused(sign_in, policy={**BEER_POLICY, "ALLOW": ["customers"]}) == "decision.not_allowed"
    carol = User.objects.get(pk=carol.pk)
    assert groups(carol) == {"by hand"}
    assert not carol.is_staff and not carol.is_superuser and carol.is_active
    assert LinkedIdentity.objects.get(user=carol).granted.groups == frozenset()
    again = sign_in("customers").user
    assert groups(again) == {"by hand", "customers"} and again.is_staff


# AZ-03
def test_a_refusal_leaves_what_the_policy_never_owned(sign_in):
    carol = sign_in("customers", policy={"ALLOW": ["customers"]}).user
    User.objects.filter(pk=carol.pk).update(is_staff=True, is_superuser=True)
    assert refused(sign_in, policy={"ALLOW": ["customers"]}) == "decision.not_allowed"
    carol = User.objects.get(pk=carol.pk)
    assert carol.is_staff and carol.is_superuser


# AZ-04
def test_an_overage_takes_nothing_back(sign_in):
    carol = sign_in("customers").user
    before = LinkedIdentity.objects.values().get()
    claims = {"_claim_names": {"realm_access": "src1"}}
    assert refused(sign_in, claims=claims) == "decision.overage"
    assert groups(carol) == {"customers"} and User.objects.get(pk=carol.pk).is_staff
    assert LinkedIdentity.objects.values().get() == before


# What the claims may fill.


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        (..., "account.no_username"),
        ("", "account.invalid_username"),
        ("x" * 151, "account.invalid_username"),
        ("carol the first", "account.invalid_username"),
        ("<carol>", "account.invalid_username"),
    ],
)
def test_without_a_good_user_name_there_is_no_user(sign_in, claim, code):
    policy = {"USER": {"username": "nick"}}
    claims = {} if claim is ... else {"nick": claim}
    assert refused(sign_in, policy=policy, claims=claims) == code


def test_a_user_name_is_normalised_as_django_does_it(sign_in):
    """Unicode has several spellings of one name; Django keeps NFKC."""
    assert sign_in("customers", name="\N{LATIN SMALL LIGATURE FI}ona", subject="1").user.username == "fiona"


def test_long_names_are_cut_and_an_email_never(sign_in, caplog):
    claims = {"given_name": "C" * 200, "family_name": "B" * 200, "email": f"{'c' * 300}@brewery.example"}
    user = sign_in("customers", claims=claims).user
    assert (len(user.first_name), len(user.last_name)) == (150, 150)
    assert user.email == ""
    assert "`email`" in caplog.text


@pytest.mark.parametrize(
    "email", ["no address", "a@b@c.example", "carol@brewery.example\r\nBcc: x@y.example"]
)
def test_a_value_that_does_not_fit_is_left_out_with_a_warning(sign_in, caplog, email):
    before = sign_in("customers").user.email
    user = sign_in("customers", claims={"email": email}).user
    assert User.objects.get(pk=user.pk).email == before
    assert "the user field `email`" in caplog.text


@pytest.mark.parametrize("control", ["\x00", "\t", "\n", "\x7f", "\x85"])
def test_a_claim_with_control_characters_fills_no_field(caplog, control):
    claimed = {"first_name": f"Ca{control}rol", "last_name": "Brewer"}
    assert user_fields.values(User, claimed) == {"last_name": "Brewer"}
    assert "the user field `first_name`" in caplog.text and "control characters" in caplog.text


@pytest.mark.parametrize("value", [True, 7, 1.5, [], {}, ["2026-01-01"], "no date", "2026-02-31T00:00:00Z"])
def test_a_claim_of_any_type_fails_no_login(caplog, value):
    assert user_fields.values(User, {"date_joined": value}) == {}
    assert "the user field `date_joined`" in caplog.text


# AR-24
def test_a_value_that_a_message_repeats_stays_on_its_log_line(caplog):
    forged = "2026\nINFO signed in: user 1, provider keycloak\x1b[2J" + "x" * 5000
    assert user_fields.values(User, {"date_joined": forged}) == {}
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.isprintable() and "2026" in line and len(line) < 500


def test_az_05_no_right_is_a_field_that_claims_may_fill():
    """AZ-05: whatever the policy's own check lets through."""
    rights = {"password", "is_staff", "is_superuser", "is_active", "last_login"}
    names = {field.name for field in User._meta.get_fields()}
    assert rights <= names
    assert set(user_fields.fillable(User)) == {"username", "first_name", "last_name", "email", "date_joined"}
    claimed = {**dict.fromkeys(names, True), "id": 1, "username": "carol"}
    assert user_fields.values(User, claimed) == {"username": "carol"}


def test_az_05_no_claim_reaches_a_flag(sign_in):
    """AZ-05: claims named like the flags change nothing; only STAFF and SUPERUSER do."""
    claims = {
        "is_superuser": True,
        "is_staff": True,
        "is_active": True,
        "superuser": True,
        "groups": ["admins"],
    }
    user = sign_in("guests", claims=claims).user
    assert (user.is_staff, user.is_superuser, groups(user)) == (False, False, set())


# Groups that the policy names.


def test_az_03_a_role_that_is_lost_is_a_group_that_is_lost(sign_in):
    """AZ-03: the only role gone, the claim gone with it."""
    user = sign_in("customers").user
    result = sign_in()
    assert groups(user) == set()
    assert (result.groups_removed, result.flags_changed) == (("customers",), {"is_staff": False})
    assert not User.objects.get(pk=user.pk).is_staff


def test_az_03_a_named_group_is_the_providers_also_when_somebody_was_added_by_hand(sign_in):
    """AZ-03: membership made by hand is ended at the next login."""
    user = sign_in("customers").user
    user.groups.add(Group.objects.get_or_create(name="creators")[0])
    sign_in("customers")
    assert groups(user) == {"customers"}


def test_az_03_a_group_that_no_policy_names_is_never_touched(sign_in):
    """AZ-03: the manual group is kept."""
    user = sign_in("customers").user
    user.groups.add(Group.objects.create(name="tasters"))
    sign_in()
    assert groups(user) == {"tasters"}


def test_a_group_that_does_not_exist_yet_is_created(sign_in):
    policy = {"GROUPS": {"brewmasters": ["admins"], "cellar": ["guests"]}}
    user = sign_in("admins", policy=policy).user
    assert groups(user) == {"brewmasters"}
    assert not Group.objects.filter(name="cellar").exists()


def test_a_group_that_the_policy_stops_naming_goes_from_whom_it_was_given(sign_in):
    user = sign_in("tasters", policy={"GROUPS": {"tasters": ["tasters"]}}).user
    sign_in("tasters", policy={"GROUPS": {"customers": ["customers"]}})
    assert groups(user) == set()


@pytest.mark.parametrize(
    ("policy", "granted"), [({"GROUPS": {"tasters": ["tasters"]}}, {"tasters"}), (SAME_NAME, set())]
)
def test_az_02_a_database_that_folds_case_does_not_grant_another_group(sign_in, policy, granted):
    """AZ-02: a collation of the project's own finds `Tasters` where the policy says `tasters`."""
    Group.objects.create(name="Tasters")
    folded = []

    def folding(execute, sql, params, *rest):
        if not folded and sql.startswith("SELECT") and "tasters" in params:
            folded.append(sql)
            params = tuple("Tasters" if one == "tasters" else one for one in params)
        return execute(sql, params, *rest)

    with connection.execute_wrapper(folding):
        user = sign_in("tasters", policy=policy).user
    assert len(folded) == 1 and "auth_group" in folded[0]
    assert groups(user) == granted


def test_group_names_are_compared_with_their_case(sign_in):
    Group.objects.create(name="Tasters")
    user = sign_in("tasters", policy={"GROUPS": {"tasters": ["tasters"]}}).user
    assert groups(user) == {"tasters"}


# Groups that have the names of roles.


def test_same_name_gives_the_groups_that_exist_and_creates_none(sign_in):
    Group.objects.create(name="tasters")
    user = sign_in("tasters", "offline_access", policy=SAME_NAME).user
    assert groups(user) == {"tasters"}
    assert not Group.objects.filter(name="offline_access").exists()


def test_az_03_same_name_takes_back_what_it_gave(sign_in):
    """AZ-03: what this identity was given goes with the role."""
    Group.objects.create(name="tasters")
    user = sign_in("tasters", policy=SAME_NAME).user
    sign_in(policy=SAME_NAME)
    assert groups(user) == set()


def test_az_03_same_name_never_takes_what_was_given_by_hand(sign_in):
    """AZ-03: a membership that was there before the role came survives the role."""
    tasters = Group.objects.create(name="tasters")
    user = sign_in(policy=SAME_NAME).user
    user.groups.add(tasters)
    sign_in("tasters", policy=SAME_NAME)
    sign_in(policy=SAME_NAME)
    assert groups(user) == {"tasters"}


def test_same_name_gives_again_what_somebody_took_by_hand(sign_in):
    tasters = Group.objects.create(name="tasters")
    user = sign_in("tasters", policy=SAME_NAME).user
    user.groups.remove(tasters)
    sign_in("tasters", policy=SAME_NAME)
    assert groups(user) == {"tasters"}


# What the policy leaves out.


def test_a_key_that_is_left_out_is_never_touched(sign_in):
    policy = {"USER": {"username": "preferred_username"}}
    user = sign_in(policy=policy).user
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True, first_name="By hand")
    user.groups.add(Group.objects.get_or_create(name="customers")[0])
    result = sign_in("customers", policy=policy, claims={"given_name": "From a claim"})
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser, user.first_name) == (True, True, "By hand")
    assert groups(user) == {"customers"}
    assert (result.groups_removed, result.flags_changed) == ((), {})


def test_a_claim_that_did_not_come_leaves_its_field(sign_in):
    user = sign_in("customers", claims={"given_name": "Carol"}).user
    sign_in("customers")
    assert User.objects.get(pk=user.pk).first_name == "Carol"


# Several identities of one person.


def providers(*issuers):
    """The setting `PROVIDERS` with these."""
    return {f"p{number}": {"ISSUER": issuer, "CLIENT_ID": "beer"} for number, issuer in enumerate(issuers)}


@pytest.fixture
def two_identities(sign_in, configure):
    """Carol's user with a second identity, as linking will make them; both providers are in the settings."""
    configure({"PROVIDERS": providers(ISSUER, OTHER_ISSUER)})
    carol = sign_in("customers")
    LinkedIdentity.objects.create(
        issuer=OTHER_ISSUER,
        subject="2",
        user=carol.user,
        last_login_at=carol.linked_identity.last_login_at,
    )

    def second(*roles, **how):
        return sign_in(*roles, subject="2", issuer=OTHER_ISSUER, **how)

    return carol.user, sign_in, second


@pytest.mark.parametrize("policy", [{"GROUPS": {"customers": ["customers"]}, "STAFF": ["customers"]}, None])
def test_a_right_is_held_while_one_identity_grants_it(two_identities, policy):
    user, first, second = two_identities
    how = {"policy": policy or {"GROUPS": "same-name", "STAFF": ["customers"]}}
    first("customers", **how)
    second("customers", **how)
    first(**how)
    assert groups(user) == {"customers"}
    assert User.objects.get(pk=user.pk).is_staff
    second(**how)
    assert groups(user) == set()
    assert not User.objects.get(pk=user.pk).is_staff


# AZ-03
def test_who_is_deactivated_loses_what_the_policy_refuses_too(sign_in):
    """Whoever activates her again gives back her account, and not what the provider took away meanwhile."""
    user = sign_in("customers").user
    User.objects.update(is_active=False)
    assert refused(sign_in, policy={"ALLOW": ["customers"]}) == "decision.not_allowed"
    assert groups(user) == set() and not User.objects.get(pk=user.pk).is_staff


# AZ-03
@pytest.mark.parametrize("days", [29, 31])
@pytest.mark.parametrize("policy", [BEER_POLICY, {"USER": {"username": "preferred_username"}}])
def test_nobody_keeps_for_ever_what_a_provider_granted_that_she_stays_away_from(two_identities, policy, days):
    """Shut out there, she signs in by the other one: a word holds for the days of `GRANT_DAYS`."""
    user, first, second = two_identities
    second("creators", policy={**SAME_NAME, "STAFF": ["creators"]})
    stale = LinkedIdentity.objects.filter(issuer=OTHER_ISSUER)
    stale.update(last_login_at=timezone.now() - timedelta(days=days))
    first(policy=policy)
    assert ("creators" in groups(user), User.objects.get(pk=user.pk).is_staff) == (days < 30, days < 30)
    second("creators", policy={**SAME_NAME, "STAFF": ["creators"]})
    first(policy=policy)
    assert "creators" in groups(user) and User.objects.get(pk=user.pk).is_staff


# AZ-03
def test_how_long_another_providers_grant_holds_is_a_setting(two_identities, configure):
    user, first, second = two_identities
    second("creators")
    LinkedIdentity.objects.filter(issuer=OTHER_ISSUER).update(
        last_login_at=timezone.now() - timedelta(days=8)
    )
    first()
    assert "creators" in groups(user)
    configure({"GRANT_DAYS": 7})
    first()
    assert "creators" not in groups(user)


def test_a_named_group_that_the_other_identity_grants_stays(two_identities):
    user, _first, second = two_identities
    second("creators")
    assert groups(user) == {"customers", "creators"}


@pytest.mark.parametrize(
    "policy",
    [BEER_POLICY, {**SAME_NAME, "STAFF": ["creators"]}, {"USER": {"username": "preferred_username"}}],
)
def test_what_only_a_provider_that_is_gone_granted_is_taken_back(two_identities, configure, policy):
    """Whether this login's policy owns the right or leaves it out: it was the other provider's, and that is gone."""
    user, first, second = two_identities
    user.groups.add(Group.objects.create(name="by hand"))
    second("creators", policy={"GROUPS": {"creators": ["creators"]}, "STAFF": ["creators"]})
    first("customers", policy=policy)
    assert {"creators", "by hand"} <= groups(user) and User.objects.get(pk=user.pk).is_staff
    configure({"PROVIDERS": providers(ISSUER)})
    result = first(policy=policy)
    assert "creators" not in groups(user) and "by hand" in groups(user)
    assert not User.objects.get(pk=user.pk).is_staff
    assert "creators" in result.groups_removed and result.flags_changed == {"is_staff": False}
    assert LinkedIdentity.objects.get(issuer=OTHER_ISSUER).granted == Grants()


def test_what_a_hand_gives_after_a_provider_is_gone_stays(two_identities, configure):
    user, first, second = two_identities
    policy = {"USER": {"username": "preferred_username"}}
    second("creators")
    configure({"PROVIDERS": providers(ISSUER)})
    first(policy=policy)
    user.groups.add(Group.objects.get(name="creators"))
    User.objects.filter(pk=user.pk).update(is_staff=True)
    first(policy=policy)
    assert "creators" in groups(user) and User.objects.get(pk=user.pk).is_staff


def test_what_a_provider_that_is_there_grants_too_is_not_taken_back(two_identities, configure):
    user, first, second = two_identities
    second("customers")
    configure({"PROVIDERS": providers(ISSUER)})
    heard = []
    m2m_changed.connect(
        lambda action, **_: heard.append(action), sender=User.groups.through, weak=False, dispatch_uid="heard"
    )
    try:
        first("customers")
    finally:
        m2m_changed.disconnect(sender=User.groups.through, dispatch_uid="heard")
    assert groups(user) == {"customers"} and User.objects.get(pk=user.pk).is_staff
    assert heard == []


def test_a_refused_person_loses_what_a_provider_that_is_gone_granted(two_identities, configure):
    user, first, second = two_identities
    first(policy=SAME_NAME)
    second("creators")
    configure({"PROVIDERS": providers(ISSUER)})
    assert refused(first, policy={"ALLOW": ["customers"]}) == "decision.not_allowed"
    assert "creators" not in groups(user) and not User.objects.get(pk=user.pk).is_staff
    assert LinkedIdentity.objects.get(issuer=OTHER_ISSUER).granted == Grants()


def test_the_last_superuser_stays_one_also_where_the_provider_that_granted_it_is_gone(
    two_identities, configure
):
    user, first, second = two_identities
    second("admins")
    configure({"PROVIDERS": providers(ISSUER)})
    policy = {"USER": {"username": "preferred_username"}}
    first(policy=policy)
    assert User.objects.get(pk=user.pk).is_superuser


# AZ-03
@pytest.mark.parametrize("policy", [{"USER": {"username": "preferred_username"}}, {"SUPERUSER": ["admins"]}])
def test_the_last_superuser_loses_the_flag_of_a_provider_that_is_gone_once_there_is_another(
    two_identities, configure, policy
):
    user, first, second = two_identities
    second("admins")
    configure({"PROVIDERS": providers(ISSUER)})
    first(policy=policy)
    gone = LinkedIdentity.objects.get(issuer=OTHER_ISSUER)
    assert User.objects.get(pk=user.pk).is_superuser and gone.granted == Grants(superuser=True)
    User.objects.create_superuser("adam")
    first(policy=policy)
    gone.refresh_from_db()
    assert not User.objects.get(pk=user.pk).is_superuser and gone.granted == Grants()


def test_one_of_two_superusers_goes_with_the_provider_that_granted_it(two_identities, configure):
    user, first, second = two_identities
    second("admins")
    User.objects.create_superuser("adam")
    configure({"PROVIDERS": providers(ISSUER)})
    first(policy={"USER": {"username": "preferred_username"}})
    assert not User.objects.get(pk=user.pk).is_superuser


# The last superuser.


def test_the_last_active_superuser_keeps_the_flag_and_comes_in(sign_in, caplog):
    adam = sign_in("admins", name="adam").user
    User.objects.create_superuser("sleeping", is_active=False)
    with caplog.at_level(logging.WARNING, "relyant"):
        result = sign_in("customers", name="adam")
    adam.refresh_from_db()
    assert adam.is_superuser
    assert groups(adam) == {"customers"}
    assert "is_superuser" not in result.flags_changed
    assert f"user {adam.pk} is the last active superuser" in caplog.text


def test_a_superuser_beside_another_one_loses_the_flag(sign_in):
    adam = sign_in("admins", name="adam").user
    sign_in("admins", name="eve")
    sign_in("customers", name="adam")
    assert not User.objects.get(pk=adam.pk).is_superuser


def test_a_flag_that_was_kept_goes_once_there_is_another_superuser(sign_in):
    adam = sign_in("admins", name="adam").user
    sign_in(name="adam")
    sign_in("admins", name="eve")
    sign_in(name="adam")
    assert not User.objects.get(pk=adam.pk).is_superuser


# How often the database is asked.


def queries(apply, *args, **kwargs):
    with CaptureQueriesContext(connection) as captured:
        apply(*args, **kwargs)
    return captured


def test_one_group_and_a_thousand_cost_the_same_number_of_queries(sign_in):
    """Groups that are created, joined, kept and left."""
    counts = []
    for number in (1, 1000):
        policy = {"GROUPS": {f"{number}-{i}": ["customers"] for i in range(number)}}
        how = {"name": f"carol{number}", "policy": policy}
        roles = (["customers"], ["customers"], [], ["customers"])
        counts.append([len(queries(sign_in, *held, **how)) for held in roles])
        assert User.objects.get(username=f"carol{number}").groups.count() == number
    assert counts[0] == counts[1]


def test_same_name_costs_the_same_for_one_role_and_a_thousand(sign_in):
    Group.objects.bulk_create([Group(name=f"g{i}") for i in range(1000)])
    counts = []
    for number in (1, 1000):
        held = [f"g{i}" for i in range(number)]
        how = {"name": f"carol{number}", "policy": SAME_NAME}
        counts.append([len(queries(sign_in, *roles, **how)) for roles in (held, held, [])])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("policy", [None, SAME_NAME])
def test_a_login_that_changes_nothing_costs_at_most_ten_queries_and_one_write(sign_in, policy):
    how = {"policy": policy} if policy else {}
    sign_in("customers", "creators", **how)
    captured = queries(sign_in, "customers", "creators", **how)
    assert len(captured) <= 10
    writes = [one["sql"] for one in captured if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(writes) == 1
    assert "last_login_at" in writes[0]


def test_only_the_field_that_changed_is_written(sign_in):
    sign_in("customers")
    captured = queries(sign_in, "customers", claims={"given_name": "Carol"})
    (update,) = (one["sql"] for one in captured if one["sql"].startswith('UPDATE "auth_user"'))
    assert '"first_name" =' in update
    assert update.count(" = ") == 2


def test_other_code_hears_of_joined_and_left_groups_as_from_django_itself(sign_in):
    heard = []

    def listen(action, pk_set, instance, **_):
        heard.append((action, {Group.objects.get(pk=pk).name for pk in pk_set}, instance.username))

    m2m_changed.connect(listen, sender=User.groups.through)
    try:
        sign_in("customers")
        sign_in()
    finally:
        m2m_changed.disconnect(listen, sender=User.groups.through)
    assert heard == [
        ("pre_add", {"customers"}, "carol"),
        ("post_add", {"customers"}, "carol"),
        ("pre_remove", {"customers"}, "carol"),
        ("post_remove", {"customers"}, "carol"),
    ]


# Whole or not at all.


@pytest.mark.parametrize("action", ["pre_add", "post_add", "pre_remove", "post_remove"])
def test_az_09_a_failure_in_the_middle_leaves_the_old_state(sign_in, action):
    """AZ-09: flags, fields, memberships and grants are one transaction."""
    user = sign_in("customers").user

    def fail(**given):
        if given["action"] == action:
            raise RuntimeError(action)

    m2m_changed.connect(fail, sender=User.groups.through)
    try:
        with pytest.raises(RuntimeError, match=action):
            sign_in("creators", "admins", claims={"given_name": "New"})
    finally:
        m2m_changed.disconnect(fail, sender=User.groups.through)
    user.refresh_from_db()
    assert groups(user) == {"customers"}
    assert (user.is_superuser, user.first_name) == (False, "")
    assert LinkedIdentity.objects.get().granted.groups == {"customers"}


def test_az_09_a_process_that_is_killed_in_the_middle_leaves_the_old_state(tmp_path):
    """AZ-09: kill -9 between two statements of a first login, and of a later one."""
    assert run("kill", tmp_path) == [
        "before the first: 0 users, 0 identities",
        "before the second: customers",
    ]


def test_twenty_first_logins_at_one_time_make_one_user(tmp_path):
    """Each of them comes in; one of them creates."""
    assert run("race", tmp_path) == ["1 users, 1 identities, 20 logins, 1 created"]


def run(scenario, tmp_path):
    """Run a scenario of `tests/project/scenarios.py` on a database that outlives its processes."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.project.settings",
        "RELYANT_TEST_DATABASE": str(tmp_path / "beer.sqlite3"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    command = [sys.executable, "-m", "tests.project.scenarios", scenario]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# When the database says no.


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (IntegrityError, "account.conflict"),
        (DataError, "account.conflict"),
        (OperationalError, "unavailable.database"),
        (InterfaceError, "unavailable.database"),
    ],
)
def test_the_databases_own_words_go_no_further(sign_in, error, code):
    """PostgreSQL's DETAIL has the row."""

    def fail(*_):
        raise error("DETAIL: Key (email)=(carol@brewery.example) already exists.")

    with connection.execute_wrapper(fail), pytest.raises(Refusal) as caught:
        sign_in("customers")
    assert caught.value.code == code
    assert error.__name__ in caught.value.operator and "carol" not in str(caught.value)


def test_a_user_that_the_database_refuses_is_a_refusal_and_no_failure(sign_in):
    """A project's own unique or required field: here, as if the table had one on the e-mail."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_email ON auth_user (email)")
    User.objects.create_user("mallory", email="carol@brewery.example")
    assert refused(sign_in, "customers") == "account.conflict"


def test_a_database_that_is_away_is_a_503(sign_in):
    def away(*_):
        raise OperationalError("could not connect to server")

    with connections["default"].execute_wrapper(away), pytest.raises(Refusal) as caught:
        sign_in("customers")
    assert (caught.value.code, caught.value.status) == ("unavailable.database", 503)


@pytest.mark.parametrize("missed", [1, 2], ids=["seen before the insert", "seen by the insert"])
def test_another_first_login_that_was_quicker_is_found(sign_in, missed):
    """What happened just after a statement of ours looked: the statement is made to look elsewhere."""
    first = sign_in("customers")
    looked = []

    def too_early(execute, sql, params, *rest):
        if sql.startswith(("UPDATE", "SELECT")) and {"sub-carol", "carol"} & set(params):
            looked.append(sql)
            if len(looked) <= missed:
                params = tuple({"sub-carol": "nobody", "carol": "nobody"}.get(one, one) for one in params)
        return execute(sql, params, *rest)

    with connection.execute_wrapper(too_early):
        result = sign_in("customers")
    assert len(looked) > missed
    assert (result.user, result.created) == (first.user, False)
    assert User.objects.count() == 1


def test_a_user_who_is_deleted_during_her_login_is_created_anew(sign_in):
    """The lock finds nobody any more, no superuser either: the login begins again, and is a first one."""
    sign_in("customers")
    steps = []

    def meanwhile(execute, sql, params, *rest):
        if len(steps) < 2 and 'FROM "auth_user"' in sql and "ORDER BY" in sql:
            steps.append("gone before the lock")
            params = tuple("nobody" if one == "sub-carol" else one for one in params)
        elif len(steps) == 2 and sql.startswith("UPDATE"):
            steps.append("gone for good")
            User.objects.all().delete()
        return execute(sql, params, *rest)

    with connection.execute_wrapper(meanwhile):
        result = sign_in("customers")
    assert steps == ["gone before the lock", "gone before the lock", "gone for good"]
    assert result.created
    assert LinkedIdentity.objects.get().user == result.user
    assert groups(result.user) == {"customers"}


def test_id_17_a_database_that_folds_case_does_not_sign_in_somebody_else(sign_in):
    """ID-17, Core §2: a collation that somebody gave the column must not join two subjects."""
    sign_in("customers")
    before = LinkedIdentity.objects.values().get()

    def folding(execute, sql, params, *rest):
        return execute(sql, tuple("sub-carol" if one == "SUB-CAROL" else one for one in params or ()), *rest)

    with connection.execute_wrapper(folding):
        assert refused(sign_in, "admins", subject="SUB-CAROL") == "account.conflict"
    assert LinkedIdentity.objects.values().get() == before


def test_a_receiver_of_the_project_may_give_a_new_user_a_group_of_its_own(sign_in):
    def welcome(instance, created, **_):
        if created:
            instance.groups.add(Group.objects.get_or_create(name="newcomers")[0])

    post_save.connect(welcome, sender=User)
    try:
        user = sign_in("customers").user
    finally:
        post_save.disconnect(welcome, sender=User)
    assert groups(user) == {"customers", "newcomers"}


# Another user model.


def test_the_suite_of_an_e_mail_only_user_model_passes():
    """`people/test_provisioning.py` needs AUTH_USER_MODEL from the start, so it is a run of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.project.settings_email",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/project/people"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
