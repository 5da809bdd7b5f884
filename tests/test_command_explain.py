"""`manage.py relyant_explain`: why she has her rights, and what a policy would make of claims."""

from __future__ import annotations

import io
import json
import re
import sys
from datetime import datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from relyant import groups
from relyant.errors import Refusal
from relyant.models import LinkedIdentity

pytestmark = pytest.mark.django_db

OTHER = "https://other.example.com"


@pytest.fixture(autouse=True)
def _issuer(configure):
    """The provider of the settings is the one whose identities the tests make."""
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.example.com/realms/brewery"})


def run(*arguments):
    out = io.StringIO()
    call_command("relyant_explain", *arguments, stdout=out)
    return out.getvalue()


def told(*arguments):
    return json.loads(run(*arguments, "--json"))


@pytest.fixture
def claims(tmp_path):
    """Write a file of claims: `claims({…})`."""

    def write(content):
        file = tmp_path / "claims.json"
        text = content if isinstance(content, (str, bytes)) else json.dumps(content)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(file)

    return write


def keycloak(*roles):
    """Claims as Keycloak sends them."""
    return {
        "id_token": {"preferred_username": "carol"},
        "access_token": {"realm_access": {"roles": list(roles)}},
    }


def test_it_says_which_role_gave_what_and_what_is_by_hand(sign_in):
    carol = sign_in("creators", "brewers").user
    carol.groups.add(Group.objects.create(name="tasters"))
    carol.user_permissions.add(Permission.objects.get(codename="view_beer"))
    lines = run("carol").splitlines()
    lines[4] = re.sub(r"last login \S+ \S+ UTC, 0 minutes ago", "last login NOW", lines[4])
    assert lines == [
        f"User carol (key {carol.pk})",
        "  groups: creators, tasters",
        "  staff: yes; superuser: no",
        "",
        "From keycloak: subject sub-carol, last login NOW",
        "  group creators: role `creators` in `realm_access.roles` of the access token",
        "  staff: role `creators` in `realm_access.roles` of the access token",
        "  not group customers: needs the role `customers`",
        "  not superuser: needs the role `admins`",
        "  roles that no rule asks for: brewers",
        "",
        "By hand:",
        "  group tasters",
        "  permission beers.view_beer",
    ]


def test_json_says_the_same(sign_in):
    sign_in("creators")
    known = told("carol")
    assert known["user"] | {"key": "", "active": True} == {
        "key": "",
        "name": "carol",
        "active": True,
        "groups": ["creators"],
        "staff": True,
        "superuser": False,
    }
    (identity,) = known["identities"]
    assert (identity["provider"], identity["subject"], identity["refusal"]) == ("keycloak", "sub-carol", None)
    reason = next(one for one in identity["reasons"] if one["effect"] == "staff")
    assert reason["because"] == {"role": "creators", "path": "realm_access.roles", "source": "access_token"}
    assert reason["granted"] and reason["held"]
    assert known["by_hand"] == {"groups": [], "staff": False, "superuser": False, "permissions": []}


def test_what_was_taken_away_here_since_the_login_is_said(sign_in):
    sign_in("creators").user.groups.clear()
    assert (
        "  group creators: role `creators` in `realm_access.roles` of the access token; taken away here since"
        in run("carol")
    )


def test_groups_by_their_roles_own_names_are_explained(sign_in):
    Group.objects.create(name="tasters")
    sign_in("tasters", policy={"GROUPS": "same-name"})
    assert "  group tasters: role `tasters` in `realm_access.roles` of the access token" in run("carol")


def test_a_provider_that_is_gone_is_named_by_its_issuer(sign_in):
    sign_in("customers", issuer=OTHER)
    assert f"From {OTHER}, which no provider of the settings has: subject sub-carol" in run("carol")


def test_flags_by_hand_and_the_last_superuser(sign_in):
    root = User.objects.create_superuser("root")
    lines = run("root").splitlines()
    assert "No provider signs this user in." in lines
    assert lines[-3:] == ["By hand:", "  staff", "  superuser"]
    root.delete()
    sign_in("admins")
    sign_in("customers")
    assert "Superuser against the policy: the last one keeps the flag." in run("carol")
    assert told("carol")["superuser_kept"]
    assert not told("carol")["by_hand"]["superuser"]


def test_permissions_in_effect_are_listed_on_request(sign_in):
    groups.apply_group_permissions("default")
    sign_in("customers")
    assert "Permissions" not in run("carol")
    assert run("carol", "--permissions").splitlines()[-2:] == [
        "Permissions in effect (1):",
        "  beers.view_beer",
    ]
    assert told("carol", "--permissions")["permissions"] == ["beers.view_beer"]


def test_a_user_is_found_by_her_key_and_one_that_is_none_is_an_error(sign_in):
    carol = sign_in("customers").user
    assert run(str(carol.pk)) == run("carol")
    for name in ("nobody", "9" * 30, ""):
        with pytest.raises(CommandError, match="no user has the name or the key") as caught:
            run(name)
        assert caught.value.returncode == 2


def test_it_writes_nothing_and_costs_as_many_statements_for_more_groups(
    sign_in, django_assert_num_queries, claims
):
    sign_in("customers")
    before = list(User.objects.values_list()), list(LinkedIdentity.objects.values_list())
    file = claims(keycloak("admins"))
    with django_assert_num_queries(4) as queries:
        run("carol")
    run("carol", "--claims", file)
    assert all(query["sql"].startswith("SELECT") for query in queries.captured_queries)
    assert before == (list(User.objects.values_list()), list(LinkedIdentity.objects.values_list()))


def test_no_words_of_a_provider_reach_the_terminal_as_they_are(sign_in):
    sign_in("a\x1b[31mred\nnext", "creators")
    text = run("carol")
    assert "\x1b" not in text and "red\ufffdnext" in text
    assert "\x1b" not in run("carol", "--json")


def test_a_site_in_another_language_is_told_in_english(sign_in, settings):
    settings.LANGUAGE_CODE = "de"
    sign_in("creators")
    assert "of the access token" in run("carol")


# With `--claims`.


def test_a_policy_is_tried_on_claims_without_anybody(claims):
    text = run("--claims", claims(keycloak("creators", "brewers")))
    assert text.splitlines() == [
        "The policy of keycloak, tried on these claims; nothing is written.",
        "It lets in.",
        "  group creators: role `creators` in `realm_access.roles` of the access token",
        "  not group customers: needs the role `customers`",
        "  staff: role `creators` in `realm_access.roles` of the access token",
        "  not superuser: needs the role `admins`",
        "  field username: carol",
        "  roles that no rule asks for: brewers",
    ]


@pytest.mark.parametrize(
    ("paths", "given", "missing"),
    [
        (["realm_access.roles"], keycloak("creators"), []),
        (["realm_access.roles"], keycloak(), []),
        (["realm_access.rolls", "groups"], keycloak("creators"), ["realm_access.rolls", "groups"]),
        (["groups", "realm_access.roles"], keycloak("creators"), []),
    ],
)
def test_a_path_that_leads_nowhere_is_told_from_no_roles(configure, claims, paths, given, missing):
    configure({"PROVIDERS.keycloak.POLICY.ROLES": paths})
    file = claims(given)
    assert told("--claims", file)["missing_role_paths"] == missing
    words = f"  no roles: there is no claim where they are looked for, at {', '.join(paths)}"
    assert (words in run("--claims", file).splitlines()) is bool(missing)


def test_with_a_user_it_says_what_would_change(sign_in, claims):
    sign_in("creators")
    text = run("carol", "--claims", claims(keycloak("admins")))
    assert text.endswith("\n\nFor carol a login would change:\n  - group creators\n  + superuser\n")
    assert told("carol", "--claims", claims(keycloak("admins")))["change"] == {
        "joins": [],
        "leaves": ["creators"],
        "flags": {"superuser": True},
        "keeps_superuser": False,
    }
    assert run("carol", "--claims", claims(keycloak("creators"))).endswith(
        "For carol nothing would change.\n"
    )


@pytest.mark.parametrize("roles", [(), ("customers",), ("creators",), ("admins", "customers"), ("guests",)])
@pytest.mark.parametrize("before", [(), ("creators",), ("admins",)])
def test_the_dry_run_foretells_the_login(sign_in, claims, roles, before):
    """Whatever it says would change is what the next login changes."""
    User.objects.create_superuser("root")
    carol = sign_in(*before).user
    carol.groups.add(Group.objects.create(name="tasters"))
    foretold = told("carol", "--claims", claims(keycloak(*roles)))["change"]
    done = sign_in(*roles)
    assert foretold == {
        "joins": list(done.groups_added),
        "leaves": list(done.groups_removed),
        "flags": {name.removeprefix("is_"): value for name, value in done.flags_changed.items()},
        "keeps_superuser": False,
    }


def test_the_dry_run_foretells_that_the_last_superuser_keeps_the_flag(sign_in, claims):
    sign_in("admins")
    file = claims(keycloak("customers"))
    change = told("carol", "--claims", file)["change"]
    assert (change["flags"], change["keeps_superuser"]) == ({}, True)
    assert run("carol", "--claims", file).endswith(
        "  superuser stays against the policy: the last active one keeps the flag\n"
    )
    assert "superuser" not in sign_in("customers").flags_changed
    # One who is deactivated is no other one.
    User.objects.create_superuser("root", is_active=False)
    assert told("carol", "--claims", file)["change"]["keeps_superuser"]


def test_times_are_in_utc_whatever_the_sites_zone(sign_in, settings):
    sign_in("creators")
    moment = datetime(2026, 3, 1, 23, 30, tzinfo=timezone.utc)
    for use_tz, stored in ((True, moment), (False, moment + timedelta(hours=9))):
        settings.USE_TZ, settings.TIME_ZONE = use_tz, "Asia/Tokyo"
        LinkedIdentity.objects.update(last_login_at=stored if use_tz else stored.replace(tzinfo=None))
        assert "last login 2026-03-01 23:30 UTC, " in run("carol")
        (identity,) = told("carol")["identities"]
        assert identity["last_login_at"] == "2026-03-01T23:30:00+00:00"


def test_a_refusal_says_when(sign_in):
    sign_in("creators")
    with pytest.raises(Refusal):
        sign_in("guests", policy={"ALLOW": ["members"]})
    assert re.search(r"  refused: decision.not_allowed, \S+ \S+ UTC, 0 minutes ago\n", run("carol"))
    (identity,) = told("carol")["identities"]
    assert identity["refused_at"].endswith("+00:00")
    # What an earlier version left says no time.
    linked = LinkedIdentity.objects.get()
    del linked.explanation["refused_at"]
    linked.save()
    assert "  refused: decision.not_allowed\n" in run("carol")
    assert told("carol")["identities"][0]["refused_at"] is None


def test_conditions_are_told_in_words(sign_in, claims, configure):
    verified = {"claim": "email_verified", "equals": True}
    policy = {
        "STAFF": ["admins", verified],
        "SUPERUSER": {"all": [{"role": "admins"}, verified]},
        "GROUPS": {"none": []},
    }
    sign_in("admins", policy=policy)
    lines = run("carol").splitlines()
    assert "  staff: role `admins` in `realm_access.roles` of the access token" in lines
    (superuser,) = (line for line in lines if "superuser" in line and line.startswith("  not"))
    assert superuser.endswith("; needs the role `admins` and the claim `email_verified` equal to true")
    assert "  not group none: the rule names nobody" in lines
    configure({"PROVIDERS.keycloak.POLICY": policy})
    text = run("--claims", claims({"id_token": {"email_verified": True}, "access_token": {}}))
    assert "  staff: the claim `email_verified` of the ID token equals true" in text


def test_scopes_and_the_acr_are_those_of_the_claims_or_those_that_are_asked_for(claims, configure):
    configure({"PROVIDERS.keycloak.POLICY": {"STAFF": {"scope": "beer"}, "SUPERUSER": {"acr": "gold"}}})
    assert told("--claims", claims({"acr": "gold"}))["superuser"] is True
    assert told("--claims", claims({"access_token": {"scope": "openid beer"}}))["staff"] is True
    assert told("--claims", claims({"access_token": {"scope": "openid"}}))["staff"] is False
    configure({"PROVIDERS.keycloak.SCOPES": ["openid", "beer"]})
    assert told("--claims", claims({}))["staff"] is True
    assert told("--claims", claims({}))["superuser"] is False


def test_only_groups_that_exist_or_are_made_would_be_joined(sign_in, claims, configure):
    Group.objects.create(name="tasters")
    sign_in(policy={"GROUPS": "same-name"})
    file = claims(keycloak("tasters", "brewers"))
    configure({"PROVIDERS.keycloak.POLICY": {"GROUPS": "same-name"}})
    assert told("carol", "--claims", file)["change"]["joins"] == ["tasters"]
    configure({"PROVIDERS.keycloak.POLICY": {"GROUPS": "same-name", "CREATE": True}})
    assert told("carol", "--claims", file)["change"]["joins"] == ["brewers", "tasters"]


def test_groups_with_a_prefix_are_explained_by_the_whole_role(sign_in):
    Group.objects.create(name="tasters")
    sign_in("beer-tasters", policy={"GROUPS": "same-name", "PREFIX": "beer-"})
    assert "  group tasters: role `beer-tasters` in `realm_access.roles` of the access token" in run("carol")


def test_permissions_from_roles_are_explained(sign_in, claims, configure):
    policy = {"PERMISSIONS": {"beers.view_beer": ["tasters"], "beers.add_beer": ["brewers"]}}
    sign_in("tasters", policy=policy)
    lines = run("carol").splitlines()
    assert "  permission beers.view_beer: role `tasters` in `realm_access.roles` of the access token" in lines
    assert "  not permission beers.add_beer: needs the role `brewers`" in lines
    configure({"PROVIDERS.keycloak.POLICY": policy})
    assert told("--claims", claims(keycloak("brewers")))["permissions"] == ["beers.add_beer"]


def test_the_dry_run_heeds_what_another_provider_grants(sign_in, claims, configure, settings):
    other = {**settings.RELYANT["PROVIDERS"]["keycloak"], "ISSUER": OTHER}
    configure({"PROVIDERS.other": other})
    carol = sign_in("creators", name="carol").user
    LinkedIdentity.objects.create(
        issuer=OTHER,
        subject="x",
        user=carol,
        last_login_at=LinkedIdentity.objects.get().last_login_at,
        grants={"groups": ["creators"], "staff": True, "superuser": None},
    )
    change = told("carol", "--provider", "keycloak", "--claims", claims(keycloak("customers")))["change"]
    assert (change["joins"], change["leaves"], change["flags"]) == (["customers"], [], {})


def test_whom_the_policy_refuses_would_lose_what_it_granted_and_the_exit_code_says_so(
    sign_in, claims, configure, settings
):
    sign_in("creators")
    configure({"PROVIDERS.keycloak.POLICY.ALLOW": ["members"]})
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("relyant_explain", "carol", "--claims", claims(keycloak("creators")), stdout=out)
    assert ended.value.code == 1
    text = out.getvalue()
    assert "It refuses: decision.not_allowed, " in text and "not allow: needs the role `members`" in text
    assert text.endswith("For carol a login would change:\n  - group creators\n  - staff\n")


def test_roles_that_the_provider_withheld_would_change_nothing(sign_in, claims, configure):
    sign_in("creators")
    configure({"PROVIDERS.keycloak.PRESET": "generic", "PROVIDERS.keycloak.POLICY.ROLES": ["groups"]})
    file = claims({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://x"}}})
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("relyant_explain", "carol", "--claims", file, stdout=out)
    assert "decision.overage" in out.getvalue()
    assert out.getvalue().endswith("For carol nothing would change.\n")


def test_claims_alone_are_the_id_tokens_and_may_come_by_the_standard_input(monkeypatch, configure):
    configure({"PROVIDERS.keycloak.POLICY.ROLES": ["groups"]})
    content = io.BytesIO(json.dumps({"groups": ["admins"]}).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    assert "superuser: role `admins` in `groups` of the ID token" in run("--claims", "-")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON: Expecting value at line 1, column 1"),
        ('{"a": 1,}', "not JSON: "),
        ("[]", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ('{"a": NaN}', "has NaN, which is no JSON"),
        ('{"a": 1, "a": 2}', "has `a` twice in one object"),
        ('{"id_token": {}, "groups": []}', "has id_token, and claims beside it (groups)"),
        ('{"id_token": "eyJ"}', "id_token must be an object of claims"),
        ("eyJhbGciOiJub25lIn0.e30.", "this is a token, and no token is decoded here"),
        (b"\xff\xfe{}", "not UTF-8"),
        ('{"a": "' + "x" * 2**20 + '"}', "larger than 1048576 bytes"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_file_without_claims_is_an_error_that_says_why(claims, content, said):
    with pytest.raises(CommandError) as caught:
        run("--claims", claims(content))
    assert said in str(caught.value) and "claims.json: " in str(caught.value)
    assert caught.value.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a user, or a file by --claims"),
        (["--claims", "/nowhere/claims.json"], "/nowhere/claims.json: No such file or directory"),
        (["--claims", "/"], "/: Is a directory"),
        (["--claims", "x", "--provider", "entra"], "no provider is named `entra`; PROVIDERS has: keycloak"),
        (["carol", "--provider", "keycloak"], "--provider says whose policy to try on --claims"),
        (["--claims", "x", "--permissions"], "--permissions is about a user as she is"),
    ],
)
def test_what_makes_no_sense_is_an_error(arguments, said):
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert said in str(caught.value) and caught.value.returncode == 2


def test_op_05_settings_that_are_wrong_are_said(settings, claims):
    settings.RELYANT = {"PROVIDERS": {}}
    with pytest.raises(CommandError, match="PROVIDERS: must not be empty; see `manage.py check`"):
        call_command("relyant_explain", "--claims", claims({}), skip_checks=True)


def test_a_policy_that_is_wrong_is_said_with_its_place(configure, claims):
    configure({"PROVIDERS.keycloak.POLICY.STAFF": 7})
    with pytest.raises(CommandError, match=r"RELYANT\.PROVIDERS\.keycloak\.POLICY\.STAFF"):
        call_command("relyant_explain", "--claims", claims({}), skip_checks=True)
