"""Settings are parsed once into frozen values; what is wrong with them is said all at once, with its place."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy

from relyant import conf

HOST = "https://sso.example.com"


def problems():
    with pytest.raises(conf.ConfigurationError) as caught:
        conf.relyant_settings()
    return {problem.path: problem for problem in caught.value.problems}


def test_a_project_as_the_readme_writes_it():
    provider = conf.relyant_settings().providers["keycloak"]
    assert (provider.name, provider.client_id, provider.preset) == ("keycloak", "beer", "keycloak")
    assert provider.policy["SUPERUSER"] == ["admins"]
    assert conf.relyant_settings().group_permissions["customers"] == ("beers.view_beer",)
    assert conf.relyant_settings().admin_login == "redirect"


def test_a_preset_asks_for_scopes_of_its_own_where_the_settings_name_none(settings):
    def scopes(**given):
        settings.RELYANT = {"PROVIDERS": {"one": {"ISSUER": HOST, "CLIENT_ID": "beer", **given}}}
        return conf.relyant_settings().providers["one"].scopes

    assert scopes(PRESET="dex") == ("openid", "profile", "email", "groups")
    assert scopes(PRESET="dex", SCOPES=["openid"]) == ("openid",)
    assert scopes(PRESET="dex", SCOPES=[]) == ()
    assert scopes(PRESET="keycloak") == scopes() == ("openid", "profile", "email")


def test_the_defaults_are_the_careful_ones(settings):
    settings.RELYANT = {"PROVIDERS": {"one": {"ISSUER": HOST, "CLIENT_ID": "beer"}}}
    parsed = conf.relyant_settings()
    assert parsed == conf.RelyantSettings(
        providers={
            "one": conf.ProviderSettings(
                name="one",
                issuer=HOST,
                client_id="beer",
                client_secret=None,
                label=None,
                preset="generic",
                policy={},
                tenants=(),
                scopes=("openid", "profile", "email"),
                client_auth=None,
                private_key=None,
                decrypt_with_secret=False,
                id_token_algorithms=(),
                require_encrypted_id_token=False,
                claims_providers=(),
                require_signed_userinfo=False,
                prompt=None,
                max_age=None,
                acr_values=(),
                amr_values=(),
                claims={},
                resource=(),
                ui_locales=(),
                extra_parameters={},
                response_mode="query",
                link="never",
                link_until=None,
                link_domains=(),
                link_privileged=(),
                username_collision="refuse",
                hosts=(),
                email_domains=(),
                ca_file=None,
                timeout=5.0,
                internal_base_url=None,
            )
        },
        admin_login="off",
        group_permissions={},
        base_url=None,
        keep_session_keys=(),
        events="changes",
        keep_claims=(),
        keep_tokens="session",
        token_keys=(),
        recheck=3600,
        grace=86400,
        session_max_age=None,
        revoke_on_logout=False,
        password_login=True,
        step_up={},
        remember_provider=True,
        admin_providers={},
        grant_days=30,
        allow_insecure_http_hosts=(),
    )


def test_values_arrive_as_the_package_uses_them(configure):
    configure(
        {
            "PROVIDERS.keycloak.SCOPES": ["openid", "groups"],
            "PROVIDERS.keycloak.TIMEOUT": 3,
            "PROVIDERS.keycloak.CA_FILE": Path("/etc/brewery.pem"),
            "PROVIDERS.keycloak.INTERNAL_BASE_URL": "http://keycloak:8080/",
            "PROVIDERS.keycloak.CLIENT_AUTH": None,
            "PROVIDERS.keycloak.PROMPT": "login consent",
            "PROVIDERS.keycloak.MAX_AGE": 0,
            "PROVIDERS.keycloak.ACR_VALUES": ["gold"],
            "PROVIDERS.keycloak.UI_LOCALES": ["de-AT", "en"],
            "PROVIDERS.keycloak.EXTRA_PARAMETERS": {"kc_idp_hint": "corporate"},
            "PROVIDERS.keycloak.RESPONSE_MODE": "form_post",
            "BASE_URL": "https://beer.example.com/",
            "EVENTS": "all",
            "KEEP_CLAIMS": ["department"],
            "GRANT_DAYS": 7,
            "ALLOW_INSECURE_HTTP_HOSTS": ("keycloak",),
        }
    )
    provider = conf.relyant_settings().providers["keycloak"]
    assert provider.scopes == ("openid", "groups")
    assert provider.timeout == 3.0
    assert provider.ca_file == "/etc/brewery.pem"
    assert provider.internal_base_url == "http://keycloak:8080"
    assert provider.client_auth is None
    assert (provider.prompt, provider.max_age, provider.acr_values) == ("login consent", 0, ("gold",))
    assert provider.ui_locales == ("de-AT", "en")
    assert provider.extra_parameters == {"kc_idp_hint": "corporate"}
    assert provider.posts_back
    assert conf.relyant_settings().base_url == "https://beer.example.com"
    assert conf.relyant_settings().events == "all"
    assert conf.relyant_settings().keep_claims == ("department",)
    assert conf.relyant_settings().grant_days == 7
    assert conf.relyant_settings().allow_insecure_http_hosts == ("keycloak",)


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("PROVIDER", "PROVIDERS"),
        ("ADMIN_LOGON", "ADMIN_LOGIN"),
        ("GROUP_PERMISSION", "GROUP_PERMISSIONS"),
        ("ALLOW_INSECURE_HOSTS", "ALLOW_INSECURE_HTTP_HOSTS"),
        ("BASEURL", "BASE_URL"),
        ("PROVIDERS.keycloak.ISUER", "ISSUER"),
        ("PROVIDERS.keycloak.issuer", "ISSUER"),
        ("PROVIDERS.keycloak.CLIENT", "CLIENT_ID"),
        ("PROVIDERS.keycloak.TIMEOUTS", "TIMEOUT"),
    ],
)
def test_op_05_an_unknown_key_is_an_error_that_names_the_nearest_known_one(configure, path, nearest):
    """OP-05: a typo can't switch anything off."""
    configure({path: True})
    problem = problems()[f"RELYANT.{path}"]
    assert problem.message == "unknown setting"
    assert problem.hint.startswith(f"Did you mean `{nearest}`? Known here: ")


@pytest.mark.parametrize("key", ["VERIFY", "URL", "LEEWAY", "REDIRECT_URI"])
def test_a_key_that_is_near_to_none_is_answered_by_the_known_ones_and_by_no_guess(configure, key):
    configure({f"PROVIDERS.keycloak.{key}": True})
    problem = problems()[f"RELYANT.PROVIDERS.keycloak.{key}"]
    assert problem.message == "unknown setting"
    assert problem.hint.startswith("Known here: ISSUER, CLIENT_ID, CLIENT_SECRET, ")


@pytest.mark.parametrize(
    ("value", "last"),
    [
        ("2027-03-31", "2027-03-31T23:59:59.999999+00:00"),
        (date(9999, 12, 31), "9999-12-31T23:59:59.999999+00:00"),
        ("2027-03-31T18:00:00+02:00", "2027-03-31T18:00:00+02:00"),
        ("2027-03-31T18:00:00Z", "2027-03-31T18:00:00+00:00"),
        (datetime(2027, 3, 31, 18, tzinfo=timezone.utc), "2027-03-31T18:00:00+00:00"),
    ],
)
def test_the_window_for_linking_ends_at_one_moment_wherever_the_server_is(configure, value, last):
    configure({"PROVIDERS.keycloak.LINK_UNTIL": value})
    assert conf.relyant_settings().providers["keycloak"].link_until == datetime.fromisoformat(last)


def test_linking_may_be_decided_by_a_callable_of_the_projects_own(configure):
    configure({"PROVIDERS.keycloak.LINK": "beer.people.find"})
    assert conf.relyant_settings().providers["keycloak"].link == "beer.people.find"


@pytest.mark.parametrize("key", ["AUDIENCE"])
def test_a_key_of_a_later_version_is_no_typo(configure, key):
    configure({f"PROVIDERS.keycloak.{key}": "x"})
    problem = problems()[f"RELYANT.PROVIDERS.keycloak.{key}"]
    assert (problem.message, problem.hint) == ("not in this version", "Leave it out.")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("PROVIDERS", {}, "must not be empty"),
        ("PROVIDERS", [], "must be a dictionary, got list"),
        ("PROVIDERS.keycloak", "https://x", "must be a dictionary, got str"),
        ("PROVIDERS.keycloak.ISSUER", ..., "missing"),
        ("PROVIDERS.keycloak.ISSUER", None, "must be a string, got None"),
        ("PROVIDERS.keycloak.ISSUER", f"{HOST}/{'x' * 255}", "must have at most 255 characters"),
        ("PROVIDERS.keycloak.CLIENT_ID", "", "must not be empty"),
        ("PROVIDERS.keycloak.CLIENT_ID", 7, "must be a string, got int"),
        ("PROVIDERS.keycloak.CLIENT_SECRET", None, "must be a string, got None"),
        ("PROVIDERS.keycloak.CLIENT_SECRET", "", "must not be empty"),
        (
            "PROVIDERS.keycloak.PRESET",
            "keyclaok",
            (
                'must be one of "adfs", "auth0", "authentik", "cognito", "dex", "entra", "generic", "gitlab", '
                '"google", "keycloak", "login-gov", "okta", "ory-hydra", "zitadel", got `keyclaok`'
            ),
        ),
        ("PROVIDERS.keycloak.CLIENT_AUTH", "basic", "must be one of "),
        ("PROVIDERS.keycloak.SCOPES", "openid", "must be a list of strings, got str"),
        ("PROVIDERS.keycloak.TIMEOUT", "5", "must be a number of seconds, got str"),
        ("PROVIDERS.keycloak.TIMEOUT", True, "must be a number of seconds, got bool"),
        ("PROVIDERS.keycloak.TIMEOUT", 0, "must be more than 0 and at most 60 seconds, got `0`"),
        ("PROVIDERS.keycloak.TIMEOUT", 5000, "must be more than 0 and at most 60 seconds, got `5000`"),
        ("PROVIDERS.keycloak.TIMEOUT", float("nan"), "must be more than 0 and at most 60 seconds, got `nan`"),
        ("PROVIDERS.keycloak.CA_FILE", True, "must be a file name, got bool"),
        ("PROVIDERS.keycloak.INTERNAL_BASE_URL", "keycloak:8080", "must be scheme, host and port alone"),
        (
            "PROVIDERS.keycloak.INTERNAL_BASE_URL",
            "http://keycloak/auth",
            "must be scheme, host and port alone",
        ),
        ("PROVIDERS.keycloak.POLICY", [], "must be a dictionary, got list"),
        ("PROVIDERS.keycloak.POLICY", {"STAFF": {"admins"}}, "must be plain data"),
        ("PROVIDERS.keycloak.LABEL", 7, "must be a string, got int"),
        ("PROVIDERS.keycloak.LABEL", " ", "must not be empty"),
        ("PROVIDERS.keycloak.PROMPT", ["login"], "must be a string, got list"),
        ("PROVIDERS.keycloak.PROMPT", "", "must not be empty"),
        ("PROVIDERS.keycloak.MAX_AGE", "60", "must be a whole number of seconds, got str"),
        ("PROVIDERS.keycloak.MAX_AGE", 1.5, "must be a whole number of seconds, got float"),
        ("PROVIDERS.keycloak.MAX_AGE", True, "must be a whole number of seconds, got bool"),
        ("PROVIDERS.keycloak.MAX_AGE", -1, "must be at least 0 and at most 31622400 seconds, got `-1`"),
        ("PROVIDERS.keycloak.MAX_AGE", 2**40, "must be at least 0 and at most 31622400 seconds, got "),
        ("PROVIDERS.keycloak.ACR_VALUES", "gold", "must be a list of strings, got str"),
        ("PROVIDERS.keycloak.AMR_VALUES", None, "must be a list of strings, got None"),
        ("PROVIDERS.keycloak.CLAIMS", "{}", "must be a dictionary, got str"),
        ("PROVIDERS.keycloak.RESOURCE", "https://api.example/", "must be a list of strings, got str"),
        ("PROVIDERS.keycloak.UI_LOCALES", "visitors", 'must be one of "visitor", got `visitors`'),
        ("PROVIDERS.keycloak.UI_LOCALES", 7, "must be a list of strings, got int"),
        ("PROVIDERS.keycloak.EXTRA_PARAMETERS", [], "must be a dictionary, got list"),
        ("PROVIDERS.keycloak.EXTRA_PARAMETERS", {7: "x"}, "must name each parameter by a string"),
        (
            "PROVIDERS.keycloak.RESPONSE_MODE",
            "fragment",
            'must be one of "query", "form_post", got `fragment`',
        ),
        (
            "PROVIDERS.keycloak.LINK",
            "email",
            'must be one of "never", "verified-email", "username", got `email`',
        ),
        (
            "PROVIDERS.keycloak.LINK",
            True,
            'must be one of "never", "verified-email", "username", or the dotted path of a callable, got bool',
        ),
        ("PROVIDERS.keycloak.LINK", "beer.people.find()", 'must be one of "never", '),
        ("PROVIDERS.keycloak.LINK", "beer..find", 'must be one of "never", '),
        ("PROVIDERS.keycloak.LINK_UNTIL", 2027, "must be a date or a time with its offset from UTC, got int"),
        (
            "PROVIDERS.keycloak.LINK_UNTIL",
            "soon",
            "must be a date or a time with its offset from UTC, got `so",
        ),
        ("PROVIDERS.keycloak.LINK_UNTIL", "2027-02-30", "must be a date or a time with its offset from UTC"),
        (
            "PROVIDERS.keycloak.LINK_UNTIL",
            "2027-03-31T18:00",
            "must have an offset from UTC, got `2027-03-31T",
        ),
        ("PROVIDERS.keycloak.LINK_UNTIL", datetime(2027, 3, 31), "must have an offset from UTC, got `2027-0"),  # noqa: DTZ001
        ("PROVIDERS.keycloak.LINK_DOMAINS", "brewery.example", "must be a list of host names, got str"),
        ("PROVIDERS.keycloak.LINK_PRIVILEGED", "adam", "must be a list of strings, got str"),
        (
            "PROVIDERS.keycloak.USERNAME_COLLISION",
            "rename",
            'must be one of "refuse", "suffix", got `rename`',
        ),
        (
            "ADMIN_LOGIN",
            True,
            'must be one of "redirect", "button", "off", or a dictionary of site name to one of these, got bool',
        ),
        ("ADMIN_LOGIN", "redirct", 'must be one of "redirect", "button", "off", got `redirct`'),
        ("ADMIN_LOGIN", {}, "must not be empty"),
        ("ADMIN_LOGIN", {"": "off"}, "must name each site by a string that isn't empty"),
        ("ADMIN_LOGIN", {7: "off"}, "must name each site by a string that isn't empty"),
        ("BASE_URL", "https://user@beer.example.com", "must be scheme, host and port alone"),
        ("BASE_URL", "https://beer.example.com:https", "must be scheme, host and port alone"),
        ("BASE_URL", "ftp://beer.example.com", "must be scheme, host and port alone"),
        ("KEEP_SESSION_KEYS", "cart", "must be a list of strings, got str"),
        ("KEEP_SESSION_KEYS", None, "must be a list of strings, got None"),
        ("EVENTS", "everything", 'must be one of "changes", "all", "off", got `everything`'),
        ("EVENTS", False, 'must be one of "changes", "all", "off", got bool'),
        ("GRANT_DAYS", 0, "must be at least 1 and at most 3660 days, got `0`"),
        ("GRANT_DAYS", 3661, "must be at least 1 and at most 3660 days, got `3661`"),
        ("GRANT_DAYS", "30", "must be a whole number of days, got str"),
        ("GRANT_DAYS", True, "must be a whole number of days, got bool"),
        ("GRANT_DAYS", None, "must be a whole number of days, got None"),
        ("KEEP_CLAIMS", "email", "must be a list of strings, got str"),
        ("ALLOW_INSECURE_HTTP_HOSTS", "keycloak", "must be a list of host names, got str"),
        ("ALLOW_INSECURE_HTTP_HOSTS", True, "must be a list of host names, got bool"),
        ("GROUP_PERMISSIONS", ["customers"], "must be a dictionary, got list"),
        ("GROUP_PERMISSIONS.customers", "beers.view_beer", "must be a list of permissions, got str"),
        (f"GROUP_PERMISSIONS.{'g' * 151}", [], "the group's name must have at most 150 characters"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(configure, path, value, said):
    configure({path: value})
    found = problems()
    assert list(found) == [f"RELYANT.{path}"]
    assert found[f"RELYANT.{path}"].message.startswith(said)


@pytest.mark.parametrize(
    ("path", "value", "got"),
    [
        ("BASE_URL", "https://carol:hops@beer.example.com", "https://***@beer.example.com"),
        ("BASE_URL", "https://carol:ho@ps@beer.example.com:https", "https://***@beer.example.com:https"),
        (
            "PROVIDERS.keycloak.INTERNAL_BASE_URL",
            "http://carol:hops@keycloak:8080",
            "http://***@keycloak:8080",
        ),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["carol:hops@keycloak"], "***@keycloak"),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["http://keycloak"], "http://keycloak"),
    ],
)
def test_op_01_no_password_in_an_address_is_repeated(configure, path, value, got):
    configure({path: value})
    ((_, problem),) = problems().items()
    assert problem.message.endswith(f"got `{got}`") and "hops" not in str(problem)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("PROVIDERS.keycloak.SCOPES", ["openid", 1], "PROVIDERS.keycloak.SCOPES[1]"),
        ("PROVIDERS.keycloak.ACR_VALUES", ["gold", 1], "PROVIDERS.keycloak.ACR_VALUES[1]"),
        ("PROVIDERS.keycloak.EXTRA_PARAMETERS", {"a": 1}, "PROVIDERS.keycloak.EXTRA_PARAMETERS.a"),
        ("KEEP_SESSION_KEYS", ["cart", 7], "KEEP_SESSION_KEYS[1]"),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["keycloak", "*"], "ALLOW_INSECURE_HTTP_HOSTS[1]"),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["http://keycloak"], "ALLOW_INSECURE_HTTP_HOSTS[0]"),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["keycloak:8080"], "ALLOW_INSECURE_HTTP_HOSTS[0]"),
        ("GROUP_PERMISSIONS.customers", ["view_beer"], "GROUP_PERMISSIONS.customers[0]"),
    ],
)
def test_a_wrong_member_of_a_list_is_named_with_its_place(configure, path, value, place):
    configure({path: value})
    assert list(problems()) == [f"RELYANT.{place}"]


@pytest.mark.parametrize(
    ("word", "said", "hint"),
    [
        ("buton", 'must be one of "redirect", "button", "off", got `buton`', 'Did you mean "button"?'),
        (None, 'must be one of "redirect", "button", "off", got None', "environment variable"),
    ],
)
def test_a_wrong_word_for_one_admin_site_is_named_with_the_site(configure, word, said, hint):
    configure({"ADMIN_LOGIN": {"admin": "redirect", "brewmaster": word}})
    found = problems()
    assert list(found) == ["RELYANT.ADMIN_LOGIN.brewmaster"]
    assert found["RELYANT.ADMIN_LOGIN.brewmaster"].message == said
    assert hint in found["RELYANT.ADMIN_LOGIN.brewmaster"].hint


@pytest.mark.parametrize(
    ("words", "of_admin", "of_brewmaster", "of_another"),
    [
        ("button", "button", "button", "button"),
        ({"admin": "redirect", "brewmaster": "button"}, "redirect", "button", "off"),
        ({"brewmaster": "off", "*": "button"}, "button", "off", "button"),
    ],
)
def test_each_admin_site_has_its_word(configure, words, of_admin, of_brewmaster, of_another):
    configure({"ADMIN_LOGIN": words})
    word = conf.relyant_settings().admin_login_of
    assert (word("admin"), word("brewmaster"), word("another")) == (of_admin, of_brewmaster, of_another)


def test_a_label_may_be_a_lazy_translation(configure):
    label = gettext_lazy("Sign in")
    configure({"PROVIDERS.keycloak.LABEL": label})
    assert conf.relyant_settings().providers["keycloak"].label is label


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("PROVIDERS.keycloak.ISSUER", f"{HOST}/{'x' * (254 - len(HOST))}"),
        ("PROVIDERS.keycloak.TIMEOUT", 60),
        ("PROVIDERS.keycloak.TIMEOUT", 0.001),
        ("BASE_URL", "http://[::1]:8000"),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["[fd00::1]", "Keycloak-1.internal", "k"]),
        ("GROUP_PERMISSIONS", {"customers": ["beers.view_beer", "beers2.x"]}),
    ],
)
def test_what_just_fits_is_taken(configure, path, value):
    configure({path: value})
    conf.relyant_settings()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("PROVIDERS.keycloak.ISSUER", f"{HOST}/{'x' * (255 - len(HOST))}"),
        ("PROVIDERS.keycloak.TIMEOUT", 60.001),
        ("PROVIDERS.keycloak.TIMEOUT", -1),
        ("PROVIDERS.keycloak.TIMEOUT", float("inf")),
        ("BASE_URL", "https://beer.example.com/app"),
        ("BASE_URL", "https://beer.example.com?x"),
        ("BASE_URL", "https://beer.example.com#x"),
        ("BASE_URL", "https://:8000"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://[::1"),
        ("BASE_URL", "https://beer.example.com:99999"),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["-keycloak"]),
        ("ALLOW_INSECURE_HTTP_HOSTS", [".internal"]),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["keycloak/x"]),
        ("ALLOW_INSECURE_HTTP_HOSTS", ["keycloak\n"]),
        ("GROUP_PERMISSIONS", {"customers": ["beers.view_beer.x"]}),
        ("GROUP_PERMISSIONS", {"customers": [".view_beer"]}),
        ("GROUP_PERMISSIONS", {"customers": ["2beers.view_beer"]}),
    ],
)
def test_what_just_does_not_fit_is_refused(configure, path, value):
    configure({path: value})
    (place,) = problems()
    assert place.startswith(f"RELYANT.{path}")


@pytest.mark.parametrize("name", ["", " ", None, 7])
def test_a_group_has_a_name(configure, name):
    configure({"GROUP_PERMISSIONS": {name: [], "customers": ["view_beer"]}})
    assert set(problems()) == {"RELYANT.GROUP_PERMISSIONS", "RELYANT.GROUP_PERMISSIONS.customers[0]"}


def test_a_group_name_may_have_as_many_characters_as_django_gives_it(configure):
    longest = "g" * Group._meta.get_field("name").max_length
    configure({"GROUP_PERMISSIONS": {longest: []}})
    assert set(conf.relyant_settings().group_permissions) == {longest}
    configure({"GROUP_PERMISSIONS": {f"{longest}g": []}})
    assert set(problems()) == {f"RELYANT.GROUP_PERMISSIONS.{longest}g"}


def test_a_providers_name_must_fit_into_its_redirect_uri(settings):
    settings.RELYANT = {"PROVIDERS": {"my provider": {"ISSUER": HOST, "CLIENT_ID": "beer"}}}
    assert "RELYANT.PROVIDERS.my provider" in problems()


def test_everything_wrong_is_said_at_once(configure):
    configure(
        {"PROVIDERS.keycloak.ISSUER": ..., "PROVIDERS.keycloak.TIMEOUT": "5", "ADMIN_LOGIN": "on", "X": 1}
    )
    assert set(problems()) == {
        "RELYANT.PROVIDERS.keycloak.ISSUER",
        "RELYANT.PROVIDERS.keycloak.TIMEOUT",
        "RELYANT.ADMIN_LOGIN",
        "RELYANT.X",
    }


def test_the_error_itself_says_what_is_wrong_and_where(configure):
    configure({"PROVIDERS.keycloak.TIMEOUT": "5", "X": 1})
    with pytest.raises(conf.ConfigurationError) as caught:
        conf.relyant_settings()
    said = "RELYANT.PROVIDERS.keycloak.TIMEOUT: must be a number of seconds, got str"
    assert set(str(caught.value).split("; ")) == {said, "RELYANT.X: unknown setting"}


def test_no_setting_at_all_is_said_too(settings):
    del settings.RELYANT
    assert problems()["RELYANT"].message == "missing"


def test_an_unset_environment_variable_is_the_first_guess(configure):
    configure({"PROVIDERS.keycloak.CLIENT_SECRET": None})
    assert "environment variable" in problems()["RELYANT.PROVIDERS.keycloak.CLIENT_SECRET"].hint


def test_secrets_are_shown_nowhere(configure):
    shown = repr(conf.relyant_settings()) + repr(conf.relyant_settings().providers["keycloak"])
    assert "client_id='beer'" in shown
    assert "beer-secret" not in shown
    configure({"PROVIDERS.keycloak.CLIENT_SECRET": [b"hunter2"]})
    with pytest.raises(conf.ConfigurationError) as caught:
        conf.relyant_settings()
    assert "hunter2" not in str(caught.value)


def test_settings_are_parsed_once_and_again_only_when_they_change(configure):
    first = conf.relyant_settings()
    assert conf.relyant_settings() is first
    configure({"ADMIN_LOGIN": "off"})
    assert conf.relyant_settings().admin_login == "off"


def test_settings_cannot_be_changed_behind_our_back(configure):
    parsed = conf.relyant_settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        parsed.admin_login = "off"
    configure({"ADMIN_LOGIN": {"admin": "redirect"}})
    with pytest.raises(TypeError):
        conf.relyant_settings().admin_login["brewmaster"] = "button"
    with pytest.raises(TypeError):
        parsed.providers["other"] = None
    with pytest.raises(TypeError):
        parsed.providers["keycloak"].policy["SUPERUSER"] = ["everybody"]


def test_the_reference_has_every_key_with_help_and_example():
    rows = conf.reference()
    keys = [(row.where, row.name) for row in rows]
    assert len(set(keys)) == len(keys)
    assert ("RELYANT", "PROVIDERS") in keys
    assert ('RELYANT["PROVIDERS"][name]', "TIMEOUT") in keys
    assert {row.name: row.default for row in rows} == {
        "PROVIDERS": "required",
        "ADMIN_LOGIN": "'off'",
        "GROUP_PERMISSIONS": "{}",
        "BASE_URL": "None",
        "KEEP_SESSION_KEYS": "[]",
        "EVENTS": "'changes'",
        "KEEP_TOKENS": "'session'",
        "TOKEN_KEYS": "[]",
        "RECHECK": "3600",
        "GRACE": "86400",
        "SESSION_MAX_AGE": "None",
        "REVOKE_ON_LOGOUT": "False",
        "PASSWORD_LOGIN": "True",
        "STEP_UP": "{}",
        "REMEMBER_PROVIDER": "True",
        "ADMIN_PROVIDERS": "{}",
        "KEEP_CLAIMS": "[]",
        "GRANT_DAYS": "30",
        "ALLOW_INSECURE_HTTP_HOSTS": "[]",
        "ISSUER": "required",
        "LABEL": "None",
        "CLIENT_ID": "required",
        "CLIENT_SECRET": "None",
        "PRESET": "'generic'",
        "POLICY": "{}",
        "TENANTS": "[]",
        "SCOPES": "['openid', 'profile', 'email']",
        "CLIENT_AUTH": "None",
        "PRIVATE_KEY": "None",
        "DECRYPT_WITH_SECRET": "False",
        "ID_TOKEN_ALGORITHMS": "[]",
        "REQUIRE_ENCRYPTED_ID_TOKEN": "False",
        "CLAIMS_PROVIDERS": "[]",
        "REQUIRE_SIGNED_USERINFO": "False",
        "PROMPT": "None",
        "MAX_AGE": "None",
        "ACR_VALUES": "[]",
        "AMR_VALUES": "[]",
        "CLAIMS": "{}",
        "RESOURCE": "[]",
        "UI_LOCALES": "[]",
        "EXTRA_PARAMETERS": "{}",
        "RESPONSE_MODE": "'query'",
        "LINK": "'never'",
        "LINK_UNTIL": "None",
        "LINK_DOMAINS": "[]",
        "LINK_PRIVILEGED": "[]",
        "USERNAME_COLLISION": "'refuse'",
        "HOSTS": "[]",
        "EMAIL_DOMAINS": "[]",
        "CA_FILE": "None",
        "TIMEOUT": "5.0",
        "INTERNAL_BASE_URL": "None",
    }
    assert all(row.help and row.example and row.type for row in rows)


def test_cookies_open_with_the_key_and_with_its_fallbacks(settings):
    settings.SECRET_KEY = "new"
    settings.SECRET_KEY_FALLBACKS = ["old", b"older"]
    assert conf.secrets() == [b"new", b"old", b"older"]


@pytest.mark.parametrize(
    ("base_url", "secure", "https"),
    [
        (None, True, True),
        (None, False, False),
        ("https://beer.example", False, True),
        ("http://beer", True, False),
    ],
)
def test_the_public_address_says_whether_the_browser_came_over_https(configure, rf, base_url, secure, https):
    configure({"BASE_URL": base_url})
    assert conf.is_https(rf.get("/", secure=secure)) is https
