"""A policy's `HOOK` decides on top of the rules: whatever it does is held to what rules are held to."""

from __future__ import annotations

import dataclasses

import pytest
from django.contrib.auth.models import Group, User
from django.db import OperationalError
from django.utils.safestring import mark_safe

from relyant import hook
from relyant.decision import Draft, HookedDecision, draft_of
from relyant.errors import Refusal, RefusedByHook
from relyant.models import LinkedIdentity

pytestmark = pytest.mark.django_db

PATH = "tests.test_hook.decide"
POLICY = {
    "GROUPS": {"customers": ["customers"], "creators": ["creators"]},
    "STAFF": ["creators"],
    "HOOK": PATH,
}
# What the hook of a test does, and what it was given.
does = None
given = []


def decide(decision, claims, request):
    given.append((decision, claims, request))
    return does(decision, claims, request) if does else decision


async def decide_async(decision, claims, request):
    return decision


def takes_two(decision, claims):
    return decision


NO_HOOK = "a text"


@pytest.fixture
def sign_in(client, configure, relyant_provider, monkeypatch):
    """Let somebody in by a hook: `sign_in("carol", lambda decision, claims, request: …)` returns the answer."""
    given.clear()

    def enter(person="carol", hook=None, policy=POLICY):
        configure({"PROVIDERS.keycloak.POLICY": policy})
        monkeypatch.setattr("tests.test_hook.does", hook)
        client.cookies.clear()
        return relyant_provider.sign_in(client, person)

    return enter


def groups(name="carol"):
    return set(User.objects.get(username=name).groups.values_list("name", flat=True))


def user(name="carol"):
    return User.objects.get(username=name)


# What it is given, and what it gives back.


def test_it_is_given_the_rules_decision_the_claims_and_the_request(sign_in):
    assert sign_in().status_code == 302
    [(decision, claims, request)] = given
    assert (decision.groups, decision.staff, decision.superuser) == (frozenset({"customers"}), False, None)
    assert "customers" in decision.roles and decision.user["username"] == "carol"
    assert {one.effect for one in decision.reasons} >= {"group:customers", "staff"}
    assert claims["preferred_username"] == "carol" and "customers" in claims["realm_access"]["roles"]
    assert request.path == "/oidc/callback/keycloak/"
    assert groups() == {"customers"} and not user().is_staff


def test_it_adds_and_takes_away(sign_in):
    def change(decision, _claims, _request):
        changed = decision.with_groups("cellar").without_groups("customers")
        return changed.with_staff(True).with_user(first_name="Caz").with_permissions("beers.view_beer")

    sign_in(hook=change)
    assert groups() == {"cellar"}
    assert (user().is_staff, user().first_name) == (True, "Caz")


def test_permissions_that_it_grants_are_of_the_session(sign_in, client):
    policy = {**POLICY, "PERMISSIONS": {"beers.add_beer": ["customers"]}}

    def change(decision, _claims, _request):
        return decision.with_permissions("beers.view_beer").without_permissions("beers.add_beer")

    sign_in(hook=change, policy=policy)
    request = client.get("/").wsgi_request
    assert request.user.has_perm("beers.view_beer") and not request.user.has_perm("beers.add_beer")


def test_whom_the_rules_refuse_it_is_not_asked_about(sign_in):
    assert sign_in("nora", policy={**POLICY, "ALLOW": ["customers"]}).status_code == 403
    assert given == []


def test_a_draft_stays_as_it_is():
    draft = Draft(groups=frozenset({"customers"}))
    draft.with_groups("cellar")
    assert draft.groups == {"customers"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        draft.staff = True
    with pytest.raises(TypeError):
        draft.user["is_staff"] = True


# AZ-01
@pytest.mark.parametrize(
    "change",
    [
        lambda draft: dataclasses.replace(draft, groups="admins"),
        lambda draft: dataclasses.replace(draft, groups=["admins", 1]),
        lambda draft: dataclasses.replace(draft, groups=None),
        lambda draft: draft.with_groups(["admins"]),
        lambda draft: draft.with_groups(" "),
        lambda draft: draft.with_groups("x" * 151),
        lambda draft: draft.with_groups("a\0"),
        lambda draft: draft.with_staff("no"),
        lambda draft: draft.with_staff(1),
        lambda draft: draft.with_superuser([]),
        lambda draft: draft.with_permissions("view_beer"),
        lambda draft: draft.with_permissions("beers.*"),
    ],
)
def test_a_draft_takes_no_value_of_another_type(change):
    with pytest.raises((TypeError, ValueError)):
        change(Draft())


def test_an_odd_name_of_a_role_or_in_a_policy_is_the_rules_affair(sign_in, relyant_provider):
    """The hook didn't write it, and may leave it as it is."""
    policy = {"GROUPS": "same-name", "CREATE": True, "HOOK": PATH}
    policy["PERMISSIONS"] = {"beers.can-pour": ["customers"]}
    roles = {"preferred_username": "carol", "realm_access": {"roles": ["customers", " "]}}
    relyant_provider.set_claims("carol", roles)
    assert sign_in(hook=lambda decision, *_: decision.with_groups("cellar"), policy=policy).status_code == 302
    assert groups() == {"customers", " ", "cellar"}


# What it grants is remembered.


# AZ-03
def test_a_group_that_it_granted_is_taken_back_when_it_does_not(sign_in):
    sign_in(hook=lambda decision, *_: decision.with_groups("cellar"))
    assert LinkedIdentity.objects.get().granted.groups == {"customers", "cellar"}
    user().groups.add(Group.objects.create(name="by hand"))
    sign_in()
    assert groups() == {"customers", "by hand"}


@pytest.mark.parametrize("policy", [{"HOOK": PATH}, {"HOOK": PATH, "GROUPS": "same-name"}])
def test_so_is_one_of_a_policy_that_names_no_groups(sign_in, policy):
    Group.objects.create(name="cellar")
    sign_in(hook=lambda decision, *_: decision.with_groups("cellar"), policy=policy)
    assert "cellar" in groups()
    sign_in(policy=policy)
    assert "cellar" not in groups()


# AZ-03
@pytest.mark.parametrize("policy", [POLICY, {"HOOK": PATH}, {"HOOK": PATH, "GROUPS": "same-name"}])
def test_a_membership_made_by_hand_is_not_taken_for_its_own(sign_in, policy):
    sign_in(policy=policy)
    user().groups.add(Group.objects.create(name="cellar"))
    sign_in(hook=lambda decision, *_: decision.with_groups("cellar"), policy=policy)
    sign_in(policy=policy)
    assert "cellar" in groups()


def test_a_flag_that_it_granted_is_taken_back_when_it_does_not(sign_in):
    policy = {"HOOK": PATH}
    sign_in(hook=lambda decision, *_: decision.with_staff(True), policy=policy)
    assert user().is_staff
    sign_in(policy=policy)
    assert not user().is_staff


def test_a_flag_that_neither_it_nor_the_policy_gave_is_not_touched(sign_in):
    policy = {"HOOK": PATH}
    sign_in(policy=policy)
    User.objects.update(is_staff=True, is_superuser=True)
    sign_in(policy=policy)
    assert user().is_staff and user().is_superuser


def test_the_last_superuser_keeps_the_flag_whatever_it_says(sign_in):
    policy = {"HOOK": PATH}
    sign_in(hook=lambda decision, *_: decision.with_superuser(True), policy=policy)
    sign_in(hook=lambda decision, *_: decision.with_superuser(False), policy=policy)
    assert user().is_superuser
    sign_in(hook=lambda decision, *_: decision.with_superuser(True), policy=policy)
    sign_in(policy=policy)
    assert user().is_superuser
    User.objects.create_superuser("adam")
    sign_in(policy=policy)
    assert not user().is_superuser


# AZ-05
def test_az_05_no_right_is_a_user_field_that_it_may_fill(sign_in):
    sign_in(hook=lambda decision, *_: decision.with_user(is_superuser=True, is_staff=True, password="x"))
    assert (user().is_superuser, user().is_staff, user().has_usable_password()) == (False, False, False)


def test_a_missing_group_is_made_unless_the_policy_says_no(sign_in, caplog):
    policy = {**POLICY, "CREATE": False}
    sign_in(hook=lambda decision, *_: decision.with_groups("cellar"), policy=policy)
    assert groups() == {"customers"} and not Group.objects.filter(name="cellar").exists()
    assert "among them cellar" in caplog.text
    sign_in(hook=lambda decision, *_: decision.with_groups("cellar"))
    assert groups() == {"customers", "cellar"}


# A refusal.


def refuse(words):
    def hook(decision, *_):
        decision.refuse(words)

    return hook


def test_it_refuses_with_its_own_words_and_takes_back_what_was_granted(sign_in, caplog):
    sign_in("chris")
    assert groups("chris") == {"creators"} and user("chris").is_staff
    answer = sign_in("chris", refuse("The cellar is closed."))
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "The cellar is closed." in page and "decision.refused_by_hook" in page
    assert groups("chris") == set() and not user("chris").is_staff
    assert f"the hook `{PATH}` refused: The cellar is closed." in caplog.text


# AR-24
@pytest.mark.parametrize("marked", [str, mark_safe])
def test_its_words_are_escaped_shortened_and_stay_on_their_line(sign_in, marked, caplog):
    answer = sign_in(hook=refuse(marked("<script>alert(1)</script>\nrefused: forged" + "x" * 1000)))
    page = answer.content.decode()
    assert "<script>" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; refused: forged" in page
    assert "x" * 501 not in page
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_without_words_the_usual_ones_are_shown(sign_in):
    page = sign_in(hook=refuse("  ")).content.decode()
    assert "your account has no access to this site" in page


def test_a_first_login_that_it_refuses_makes_no_user(sign_in):
    sign_in(hook=refuse("No."))
    assert not User.objects.exists()


# An error.


def fails(*_):
    raise RuntimeError("carol's secret is 12345")


@pytest.mark.parametrize(
    "wrong",
    [
        fails,
        lambda *_: None,
        lambda *_: True,
        lambda decision, *_: decision.with_staff("yes"),
        lambda decision, *_: dataclasses.asdict(decision),
    ],
)
def test_an_error_in_it_grants_nothing_and_takes_nothing_back(sign_in, wrong, caplog):
    sign_in("chris")
    before = LinkedIdentity.objects.values().get()
    answer = sign_in("chris", wrong)
    assert answer.status_code == 503
    assert "decision.hook_failed" in answer.content.decode()
    assert groups("chris") == {"creators"} and user("chris").is_staff
    assert LinkedIdentity.objects.values().get() == before
    refusals = [one.getMessage() for one in caplog.records if "refused" in one.getMessage()]
    assert len(refusals) == 1 and PATH in refusals[0] and "12345" not in refusals[0]
    assert f"the hook {PATH} of provider keycloak failed" in caplog.text
    assert "12345" not in answer.content.decode()


def test_a_database_that_is_away_is_no_fault_of_the_hook(sign_in):
    def away(*_):
        raise OperationalError("could not connect")

    answer = sign_in(hook=away)
    assert answer.status_code == 503 and "unavailable.database" in answer.content.decode()


def test_another_refusal_that_it_raises_is_the_visitors(sign_in):
    def inactive(*_):
        raise Refusal("account.inactive", "left the brewery")

    assert "account.inactive" in sign_in(hook=inactive).content.decode()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("tests.test_hook.nothing", "does not define"),
        ("tests.nowhere.decide", "No module named"),
        ("tests.test_hook.NO_HOOK", "can't be called"),
        ("tests.test_hook.decide_async", "coroutine"),
        ("tests.test_hook.takes_two", "decision, claims, request"),
    ],
)
def test_what_can_be_no_hook_is_not_found(path, why):
    with pytest.raises((ImportError, TypeError), match=why):
        hook.find(path)


@pytest.mark.parametrize("callable_without_a_signature", ["builtins.min", PATH])
def test_what_does_not_say_what_it_takes_is_called(callable_without_a_signature):
    assert callable(hook.find(callable_without_a_signature))


# Reasons.


def test_what_it_overruled_has_its_name_for_a_reason(decide):
    rules = decide("customers")
    draft = draft_of(rules).with_groups("cellar").without_groups("customers").with_superuser(True)
    reasons = {one.effect: one for one in HookedDecision(rules, PATH, draft).reasons}
    said = {effect: (one.granted, one.words) for effect, one in reasons.items()}
    assert said["group:cellar"] == (True, f"the hook `{PATH}`")
    assert said["group:customers"] == (False, f"the hook `{PATH}`")
    assert said["superuser"] == (True, f"the hook `{PATH}`")
    assert reasons["staff"].granted and "hook" not in reasons["staff"].words


def test_its_reasons_are_explained_and_kept(sign_in):
    sign_in(hook=lambda decision, *_: decision.with_groups("cellar"))
    kept = LinkedIdentity.objects.get().explanation["reasons"]
    assert any(one["effect"] == "group:cellar" and one["granted"] for one in kept)


def test_a_refusal_is_a_decision_that_does_not_allow(decide):
    refusal = RefusedByHook("No.").by(PATH)
    decision = HookedDecision(decide("customers"), PATH, Draft(), refusal)
    assert (decision.allowed, decision.refusal_code) == (False, "decision.refused_by_hook")
    assert decision.refusal_message == f"the hook `{PATH}` refused: No."
    assert any(one.effect == "allow" and not one.granted for one in decision.reasons)


def test_a_hook_that_changes_nothing_decides_as_the_rules(decide):
    rules = decide("creators")
    hooked = HookedDecision(rules, PATH, draft_of(rules))
    for name in ("groups_mode", "create_groups", "staff", "superuser", "user"):
        assert getattr(hooked, name) == getattr(rules, name)
    for name in ("granted_groups", "managed_groups", "candidate_groups", "permissions", "roles"):
        assert list(getattr(hooked, name)) == list(getattr(rules, name))
    assert [one.effect for one in hooked.reasons] == [one.effect for one in rules.reasons]
