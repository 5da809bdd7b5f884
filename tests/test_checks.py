"""Each check finds the one mistake that it is for, in a project that is otherwise right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import global_settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, models
from django.test.utils import isolate_apps, modify_settings, override_settings
from django.urls import include, path

from relyant.check_catalogue import CATALOGUE
from tests.project.beers.views import home

MIDDLEWARE = "relyant.middleware.RelyantMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


def found(*, deployment=False):
    messages = checks.run_checks(tags=["relyant"], include_deployment_checks=deployment)
    assert all(message.id in CATALOGUE and message.hint for message in messages)
    return {message.id.partition(".")[2]: message for message in messages}


@pytest.mark.django_db
def test_a_project_as_the_readme_writes_it_has_nothing_to_mend():
    assert found() == {}
    call_command("check")


README = Path(__file__).resolve().parents[1] / "README.md"


def manage(folder, *arguments):
    """Run `manage.py` of a project that stands in a folder."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment |= {
        "BEER_CLIENT_SECRET": "beer-secret",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_blank_project_with_the_readmes_lines_has_nothing_to_mend(tmp_path):
    """`manage.py check` says nothing at all, not even a warning."""
    call_command("startproject", "brewery", str(tmp_path))
    assert manage(tmp_path, "startapp", "beers").returncode == 0
    model = "from django.db import models\n\nclass Beer(models.Model):\n    name = models.CharField(max_length=80)\n"
    (tmp_path / "beers" / "models.py").write_text(model)
    for part, own in (("settings", 'INSTALLED_APPS += ["beers"]\n'), ("urls", "")):
        block = re.search(
            rf"<!-- quick start: {part} -->\n```python\n(.*?)```", README.read_text(), re.DOTALL
        )
        file = tmp_path / "brewery" / f"{part}.py"
        file.write_text(f"{file.read_text()}\n{own}{block.group(1)}")
    checked = manage(tmp_path, "check", "--fail-level", "WARNING")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "no issues" in checked.stdout


def test_every_id_says_what_it_means_and_what_mends_it():
    for identifier, doc in CATALOGUE.items():
        assert re.fullmatch(r"relyant\.[EW]\d{3}", identifier)
        assert doc.meaning.endswith(".")
        assert doc.hint.endswith(".")


@pytest.mark.parametrize(
    ("change", "code", "said", "hint"),
    [
        ({"ADMIN_LOGIM": "off"}, "E001", "RELYANT.ADMIN_LOGIM: unknown setting", "`ADMIN_LOGIN`"),
        ({"PROVIDERS.keycloak.ISUER": "x"}, "E001", "RELYANT.PROVIDERS.keycloak.ISUER", "`ISSUER`"),
        ({"PROVIDERS.keycloak.TIMEOUT": "5"}, "E001", "RELYANT.PROVIDERS.keycloak.TIMEOUT", ""),
        ({"PROVIDERS.keycloak.POLICY": {"STAF": ["a"]}}, "E002", "POLICY.STAF", "STAFF"),
        ({"PROVIDERS.keycloak.POLICY": {"STAFF": ["a", 1]}}, "E002", "POLICY.STAFF[1]", "any of which"),
        (
            {"PROVIDERS.keycloak.POLICY": {"USER": {"is_staff": "x", "username": "u"}}},
            "E002",
            "USER.is_staff",
            "STAFF",
        ),
        ({"PROVIDERS.keycloak.ISSUER": "http://sso.example.com"}, "E003", "RELYANT.PROVIDERS.keycloak", ""),
        ({"PROVIDERS.keycloak.ISSUER": "sso.example.com"}, "E003", "RELYANT.PROVIDERS.keycloak", ""),
        ({"PROVIDERS.keycloak.CA_FILE": "/nowhere/ca.pem"}, "E003", "/nowhere/ca.pem", ""),
        ({"GROUP_PERMISSIONS": {"g" * 151: []}}, "E001", f"GROUP_PERMISSIONS.{'g' * 151}", ""),
        ({"GROUP_PERMISSIONS": {"g": ["bears.view_beer"]}}, "E013", "GROUP_PERMISSIONS.g[0]", "beers"),
        ({"GROUP_PERMISSIONS": {"g": ["x.view_beer"]}}, "E013", "GROUP_PERMISSIONS.g[0]", ""),
        ({"PROVIDERS.keycloak.PRESET": "Azure"}, "E001", "PRESET", 'Did you mean "entra"?'),
        ({"PROVIDERS.keycloak.PRESET": "keyclok"}, "E001", "PRESET", 'Did you mean "keycloak"?'),
        ({"PROVIDERS.keycloak.LINK": "email"}, "E001", "LINK", 'Did you mean "verified-email"?'),
        ({"PROVIDERS.keycloak.LINK": "verified_email"}, "E001", "LINK", 'Did you mean "verified-email"?'),
        ({"PROVIDERS.keycloak.LINK": "e"}, "E001", "LINK", "settings reference"),
        ({"GROUP_PERMISSIONS": {"g": ["beers.x"]}}, "W004", "GROUP_PERMISSIONS.g[0]", ""),
        (
            {"GROUP_PERMISSIONS": {"g": ["beers.read_beer"]}},
            "W004",
            "GROUP_PERMISSIONS.g[0]",
            "The model has beers.add_beer, beers.change_beer, beers.delete_beer, beers.view_beer.",
        ),
        (
            {"GROUP_PERMISSIONS": {"g": ["beers.view_bear"]}},
            "W004",
            "GROUP_PERMISSIONS.g[0]",
            "beers.view_beer",
        ),
    ],
)
def test_op_05_a_mistake_in_the_setting_is_found_at_start(configure, change, code, said, hint):
    """OP-05: with its place, and with what was probably meant."""
    configure(change)
    message = found()[code]
    assert said in message.msg
    assert (hint or CATALOGUE[message.id].hint) in message.hint


def test_op_05_an_insecure_host_is_said_before_deployment(configure):
    """OP-05: the one setting that weakens anything."""
    configure(
        {"ALLOW_INSECURE_HTTP_HOSTS": ["keycloak"], "PROVIDERS.keycloak.ISSUER": "https://sso.example.com"}
    )
    assert found() == {}
    assert "keycloak" in found(deployment=True)["W005"].msg


def test_op_05_an_issuer_over_plain_http_is_said_before_deployment():
    """OP-05: loopback is for development."""
    assert "plain http" in found(deployment=True)["W005"].msg


def test_op_05_an_issuer_over_https_is_as_it_should_be(configure):
    """OP-05"""
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.example.com"})
    assert found(deployment=True) == {}


@pytest.fixture
def site(monkeypatch):
    """A site of these addresses, besides Relyant's own, that leaves `LOGIN_REDIRECT_URL` to Django."""

    def build(settings, *patterns):
        urls = ModuleType("tests.project.temporary_urls")
        urls.urlpatterns = [path("oidc/", include("relyant.urls")), *patterns]
        monkeypatch.setitem(sys.modules, urls.__name__, urls)
        settings.ROOT_URLCONF = urls.__name__
        settings.LOGIN_REDIRECT_URL = global_settings.LOGIN_REDIRECT_URL

    return build


def landings():
    return {code for code in found(deployment=True) if code == "W006"}


def test_a_login_that_ends_nowhere_is_said_before_deployment(settings, site):
    """Where Django's default page isn't there, a login goes to `/`: here that isn't there either."""
    site(settings, path("beers/", home))
    assert landings() == {"W006"}
    assert found() == {}
    settings.LOGIN_REDIRECT_URL = "/app/"
    assert landings() == set()


@pytest.mark.parametrize("address", ["", "accounts/profile/"])
def test_a_login_that_ends_on_a_page_is_as_it_should_be(settings, site, address):
    site(settings, path(address, home))
    assert landings() == set()


def test_a_login_may_end_on_the_root_of_a_language(settings, site):
    site(settings, *i18n_patterns(path("", home)))
    assert landings() == set()


def test_several_problems_come_together(configure):
    configure({"PROVIDERS.keycloak.POLICY": {"STAF": [], "SUPERUSR": []}})
    messages = checks.run_checks(tags=["relyant"])
    assert [message.id for message in messages] == ["relyant.E002", "relyant.E002"]


def test_what_the_policy_says_of_a_field_is_said_once(configure):
    configure({"PROVIDERS.keycloak.POLICY": {"USER": {"username": "u", "is_staff": "x"}}})
    assert set(found()) == {"E002"}


@pytest.mark.django_db
def test_a_mistake_stops_manage_py(configure):
    configure({"PROVIDERS.keycloak.ISUER": "x"})
    with pytest.raises(CommandError, match=r"relyant\.E001"):
        call_command("check")


@pytest.mark.parametrize("app", ["auth", "contenttypes", "sessions"])
def test_the_apps_that_relyant_stands_on(monkeypatch, app):
    from django.apps import apps

    real = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name != f"django.contrib.{app}" and real(name))
    assert f"django.contrib.{app}" in found()["E004"].msg


def test_the_middleware_is_missing():
    with modify_settings(MIDDLEWARE={"remove": MIDDLEWARE}):
        assert set(found()) == {"E005"}


def test_the_middleware_comes_too_early():
    with modify_settings(MIDDLEWARE={"remove": MIDDLEWARE, "prepend": [MIDDLEWARE]}):
        assert set(found()) == {"E006"}


def test_the_middleware_that_it_needs_is_missing():
    with modify_settings(MIDDLEWARE={"remove": AUTHENTICATION}):
        assert set(found()) == {"E006"}


def test_the_backend_is_missing(settings):
    backends = ["django.contrib.auth.backends.ModelBackend", "nowhere.Backend", "django.contrib.auth.login"]
    settings.AUTHENTICATION_BACKENDS = backends
    assert set(found()) == {"E007"}


def test_a_subclass_of_the_projects_own_is_as_good(settings):
    settings.AUTHENTICATION_BACKENDS = ["tests.project.beers.backends.BeerBackend"]
    assert found() == {}


@override_settings(ROOT_URLCONF="tests.project.beers.no_urls")
def test_the_urls_are_not_included():
    assert set(found()) == {"E008"}


@pytest.mark.parametrize("url", ["/accounts/login/", "login", "nowhere:login"])
def test_another_login_url(settings, url):
    settings.LOGIN_URL = url
    assert set(found()) == {"W001"}


def test_the_path_of_our_login_is_as_good_as_its_name(settings):
    settings.LOGIN_URL = "/oidc/login/"
    assert found() == {}


@pytest.mark.parametrize(
    ("user", "codes"),
    [
        ({"username": "preferred_username"}, set()),
        ({"username": "preferred_username", "nickname": "nick"}, {"E009"}),
        ({"username": "preferred_username", "logentry": "x"}, {"E009"}),
        ({"email": "email"}, {"E010"}),
        ({}, {"E010"}),
    ],
)
def test_the_fields_that_the_policy_fills(configure, user, codes):
    configure({"PROVIDERS.keycloak.POLICY": {"USER": user}})
    assert set(found()) == codes


def test_a_near_field_is_named(configure):
    configure({"PROVIDERS.keycloak.POLICY": {"USER": {"username": "u", "firstname": "given_name"}}})
    assert "first_name" in found()["E009"].hint


@isolate_apps("tests.project.beers")
def test_rights_that_the_user_model_does_not_have(configure, monkeypatch):
    class Guest(AbstractBaseUser):
        username = models.CharField(max_length=20, unique=True)
        USERNAME_FIELD = "username"

        class Meta:
            app_label = "beers"

    monkeypatch.setattr("relyant.checks.get_user_model", lambda: Guest)
    messages = checks.run_checks(tags=["relyant"])
    assert [message.id for message in messages] == ["relyant.E011"] * 3
    assert "GROUPS needs Guest.groups" in messages[0].msg
    configure({"PROVIDERS.keycloak.POLICY": {"ALLOW": ["customers"]}})
    assert found() == {}


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("redirect", {"E012"}),
        ({"admin": "off", "brewmaster": "button"}, {"E012"}),
        ("off", set()),
        ({"admin": "off", "*": "off"}, set()),
    ],
)
def test_an_admin_that_is_not_installed(configure, monkeypatch, words, codes):
    from django.apps import apps

    real = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "django.contrib.admin" and real(name))
    configure({"ADMIN_LOGIN": words})
    assert set(found()) == codes


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"admn": "redirect"}, "Did you mean admin? Known here: admin, brewmaster."),
        ({"cellar": "redirect", "admin": "off"}, "Known here: admin, brewmaster."),
    ],
)
def test_an_admin_site_that_no_address_leads_to(configure, settings, site, words, hint):
    nested = path("deep/", include([path("brewmaster/", AdminSite("brewmaster").urls)]))
    site(settings, path("admin/", admin.site.urls), nested)
    configure({"ADMIN_LOGIN": {"brewmaster": "redirect", "*": "off", **words}})
    (message,) = found().values()
    assert message.id == "relyant.W011"
    assert (
        message.msg
        == f"RELYANT.ADMIN_LOGIN.{next(iter(words))} names an admin site that no address leads to."
    )
    assert message.hint == hint


def test_where_no_admin_has_an_address_none_is_known(configure, settings, site):
    impostor = ([path("login/", home, name="login"), path("", home, name="index")], "admin")
    site(settings, path("impostor/", include(impostor, namespace="impostor")))
    configure({"ADMIN_LOGIN": {"impostor": "button"}})
    assert found()["W011"].hint == "Here is none."
    configure({"ADMIN_LOGIN": "button"})
    assert found() == {}


def test_a_login_page_that_takes_no_button(configure, settings, site):
    pages = {
        "bare.html": "form",
        "orphan.html": "{% extends 'bare.html' %}{% block content %}form{% endblock %}",
    }
    loaders = ["django.template.loaders.app_directories.Loader"]
    engine = {**settings.TEMPLATES[0], "APP_DIRS": False}
    in_memory = ("django.template.loaders.locmem.Loader", pages)
    engine["OPTIONS"] = {**engine["OPTIONS"], "loaders": [in_memory, *loaders]}
    settings.TEMPLATES = [engine]
    brewmaster = AdminSite("brewmaster")
    brewmaster.login_template = "orphan.html"
    site(settings, path("admin/", admin.site.urls), path("brewmaster/", brewmaster.urls))
    assert found() == {}
    configure({"ADMIN_LOGIN": {"admin": "button", "brewmaster": "redirect"}})
    assert found() == {}
    configure({"ADMIN_LOGIN": "button"})
    (message,) = found().values()
    assert message.id == "relyant.W012"
    said = "The login page of the admin site brewmaster can't take the button: its template has no `content` block."
    assert message.msg == said


def test_sessions_in_cookies(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    messages = found()
    assert set(messages) == {"W002"}
    assert "works on after its logout" in messages["W002"].msg


def test_a_session_cookie_that_browsers_refuse(settings):
    settings.SESSION_COOKIE_SAMESITE = "None"
    assert set(found()) == {"W003"}
    settings.SESSION_COOKIE_SECURE = True
    assert found() == {}


@pytest.mark.parametrize(
    ("base_url", "secure", "codes"),
    [
        ("http://beer.example.com", True, {"W009"}),
        ("http://beer.example.com", False, set()),
        ("https://beer.example.com", True, set()),
        (None, True, set()),
    ],
)
def test_a_session_cookie_that_browsers_keep_from_plain_http(configure, settings, base_url, secure, codes):
    configure({"BASE_URL": base_url})
    settings.SESSION_COOKIE_SECURE = secure
    assert set(found()) == codes


@pytest.mark.parametrize(
    ("base_url", "domain", "codes"),
    [
        ("https://beer.example.com", "beer.example.com", set()),
        ("https://beer.example.com:8443", ".Example.com", set()),
        ("https://BEER.example.com", "example.com", set()),
        ("https://beer.example.com", None, set()),
        ("https://beer.example.com", "www.beer.example.com", {"W010"}),
        ("https://beer.example.com", "eer.example.com", {"W010"}),
        ("https://beer.example.com", "example.org", {"W010"}),
        ("https://192.0.2.1", "192.0.2.1", set()),
        ("https://192.0.2.1", "0.2.1", {"W010"}),
        (None, "example.org", set()),
    ],
)
def test_a_session_cookie_of_another_domain(configure, settings, base_url, domain, codes):
    configure({"BASE_URL": base_url})
    settings.SESSION_COOKIE_DOMAIN = domain
    messages = found()
    assert set(messages) == codes
    assert all(domain in message.msg for message in messages.values())


@pytest.mark.parametrize(
    ("base_url", "codes"),
    [
        ("http://beer.example.com", {"W007"}),
        ("http://localhost.example.com", {"W007"}),
        ("https://beer.example.com", set()),
        ("http://localhost:8000", set()),
        ("http://127.0.0.1:8000", set()),
        ("http://[::1]:8000", set()),
        (None, set()),
    ],
)
def test_op_05_a_site_over_plain_http_is_said_before_deployment(configure, base_url, codes):
    """OP-05: the authorization code comes back to that address."""
    configure({"BASE_URL": base_url})
    assert found() == {}
    assert set(found(deployment=True)) - {"W005"} == codes


@pytest.mark.parametrize(
    ("hosts", "base_url", "codes"),
    [
        (["*"], None, {"W008"}),
        (["beer.example.com", "*"], None, {"W008"}),
        (["*"], "https://beer.example.com", set()),
        (["beer.example.com", ".example.com"], None, set()),
    ],
)
def test_ar_25_a_redirect_uri_from_any_host_is_said_before_deployment(
    configure, settings, hosts, base_url, codes
):
    """AR-25: the redirect URI is made of the request's host where BASE_URL doesn't say better."""
    configure({"BASE_URL": base_url})
    settings.ALLOWED_HOSTS = hosts
    assert found() == {}
    assert set(found(deployment=True)) - {"W005"} == codes


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("PROMPT", "none login", "none login"),
        ("PROMPT", "Login", "Login"),
        ("PROMPT", "lgoin", "lgoin"),
        ("ACR_VALUES", ["two words"], "two words"),
        ("AMR_VALUES", ["é"], "é"),
        ("CLAIMS", {"access_token": {}}, "access_token"),
        ("CLAIMS", {"id_token": {"acr": {"values": "gold"}}}, "an `acr` whose"),
        ("RESOURCE", ["api"], "api"),
        ("RESOURCE", ["https://api.example/#x"], "https://api.example/#x"),
        ("UI_LOCALES", ["en_GB"], "en_GB"),
        ("EXTRA_PARAMETERS", {"scope": "all"}, "scope"),
        ("EXTRA_PARAMETERS", {"redirect_uri": "https://evil.example"}, "redirect_uri"),
    ],
)
def test_what_no_provider_could_take_is_said_with_its_place(configure, key, value, said):
    configure({f"PROVIDERS.keycloak.{key}": value})
    message = found()["E003"].msg
    assert message.startswith(f"RELYANT.PROVIDERS.keycloak.{key}: ") and said in message


def test_two_demands_that_nobody_can_meet_are_said(configure):
    """ID-13: one would be forgotten."""
    claims = {"id_token": {"acr": {"essential": True, "values": ["gold"]}}}
    configure({"PROVIDERS.keycloak.ACR_VALUES": ["silver"], "PROVIDERS.keycloak.CLAIMS": claims})
    message = found()["E003"].msg
    assert message.startswith("RELYANT.PROVIDERS.keycloak: ") and "acr_values can't have `silver`" in message


@pytest.mark.parametrize(
    ("base_url", "is_wrong"),
    [
        ("http://beer.example.com", True),
        ("https://beer.example.com", False),
        ("http://localhost:8000", False),
        ("http://127.0.0.1:8000", False),
        (None, False),
    ],
)
def test_answers_by_a_form_need_https(configure, base_url, is_wrong):
    configure({"BASE_URL": base_url, "PROVIDERS.keycloak.RESPONSE_MODE": "form_post"})
    assert ("E014" in found()) is is_wrong
    configure({"PROVIDERS.keycloak.RESPONSE_MODE": "query"})
    assert found() == {}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("tests.project.beers.no_such_file.find", "which can't be imported: No module named "),
        ("tests.project.beers.views.no_such_name", "which can't be imported: Module "),
        ("tests.test_checks.hook_async", "which can't be used: it is a coroutine function"),
        ("tests.test_checks.hook_of_two", "which can't be used: it must take (newcomer)"),
        ("tests.project.urls.urlpatterns", "which can't be used: it can't be called."),
    ],
)
def test_a_callable_that_a_setting_names_must_be_there(configure, path, why):
    configure({"PROVIDERS.keycloak.LINK": path})
    (message,) = found().values()
    assert message.id == "relyant.E015"
    assert message.msg.startswith(f"RELYANT.PROVIDERS.keycloak.LINK names {path}, {why}")
    configure({"PROVIDERS.keycloak.LINK": "tests.test_linking.her_account"})
    assert found() == {}


async def hook_async(decision, claims, request):
    return decision


def hook_of_two(decision, claims):
    return decision


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("tests.test_checks.nothing", "can't be imported"),
        ("tests.nowhere.decide", "can't be imported"),
        ("tests.test_checks.CATALOGUE", "it can't be called"),
        ("tests.test_checks.hook_async", "it is a coroutine function"),
        ("tests.test_checks.hook_of_two", "it must take (decision, claims, request)"),
    ],
)
def test_a_hook_must_be_there_and_take_what_it_is_given(configure, path, why):
    configure({"PROVIDERS.keycloak.POLICY.HOOK": path})
    said = found()["E015"].msg
    assert said.startswith(f"RELYANT.PROVIDERS.keycloak.POLICY.HOOK names {path}") and why in said


def test_a_hook_that_is_one_is_as_it_should_be(configure):
    configure({"PROVIDERS.keycloak.POLICY.HOOK": "tests.test_hook.decide"})
    assert found() == {}


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("beers.drink_beer", "which no model of the app has", "The model has beers.add_beer"),
        ("beer.view_beer", "names the app beer, which is not installed", "Did you mean beers?"),
    ],
)
def test_a_permission_that_no_model_has_is_a_warning(configure, name, said, hint):
    configure({"PROVIDERS.keycloak.POLICY.PERMISSIONS": {name: ["customers"], "beers.view_beer": ["x"]}})
    message = found()["W014"]
    assert message.msg.startswith(f"RELYANT.PROVIDERS.keycloak.POLICY.PERMISSIONS.{name} ")
    assert said in message.msg and hint in message.hint
    call_command("check")


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ({"STAFF": []}, "STAFF: nobody can match this."),
        (
            {"ALLOW": {"all": [{"acr": "1"}, {"acr": "2"}]}},
            "ALLOW.all[1]: nobody can match this together with",
        ),
        ({"GROUPS": {"brewers": [{"scope": "beers"}]}}, "GROUPS.brewers[0]: `SCOPES` doesn't ask for"),
    ],
)
def test_a_rule_that_nobody_can_match_is_a_warning(configure, policy, place):
    configure({"PROVIDERS.keycloak.POLICY": policy})
    message = found()["W017"]
    assert message.msg.startswith(f"RELYANT.PROVIDERS.keycloak.POLICY.{place}")
    assert message.hint[0].isupper() and message.hint.endswith(".")
    call_command("check")


# AZ-03
def test_two_policies_for_the_people_of_one_issuer_are_said(configure):
    entry = {"ISSUER": "https://sso.example.com", "CLIENT_ID": "beer", "PRESET": "keycloak", "POLICY": {}}
    other = {**entry, "CLIENT_ID": "pub", "POLICY": {"STAFF": ["admins"]}}
    configure(
        {"PROVIDERS": {"beer": entry, "pub": other, "else": {**other, "ISSUER": "https://pub.example"}}}
    )
    assert found()["W018"].msg == "beer and pub have the same issuer and not the same policy."
    configure({"PROVIDERS": {"beer": entry, "pub": {**other, "POLICY": {}}}})
    assert "W018" not in found()
    address = "https://login.microsoftonline.com/{}/v2.0".format
    tenants = {**entry, "ISSUER": address("common"), "PRESET": "entra", "TENANTS": ["1f", "2f"]}
    configure({"PROVIDERS": {"all": tenants, "one": {**other, "ISSUER": address("2f")}}})
    assert "W018" in found()


def test_a_condition_with_a_fault_is_an_error_with_its_place(configure):
    configure({"PROVIDERS.keycloak.POLICY.STAFF": {"all": ["admins", {"claim": "email", "equal": "x"}]}})
    assert found()["E002"].msg.startswith("RELYANT.PROVIDERS.keycloak.POLICY.STAFF.all[1].equal: ")


def test_more_permissions_than_a_cookie_holds_are_said(configure, settings):
    names = [f"beers.permission_number_{number:04}" for number in range(100)]
    configure({"PROVIDERS.keycloak.POLICY": {"PERMISSIONS": {name: ["customers"] for name in names}}})
    assert "W015" not in found()
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert "W015" in found()
    configure({"PROVIDERS.keycloak.POLICY": {"PERMISSIONS": {"beers.view_beer": ["customers"]}}})
    assert "W015" not in found()


def of_database():
    messages = checks.run_checks(tags=["database"], databases=["default"])
    return [message.msg for message in messages if message.id == "relyant.W016"]


@pytest.mark.django_db
def test_a_group_that_nobody_makes_is_said_where_the_database_is_asked(configure):
    policy = {"GROUPS": {"tasters": ["tasters"], "customers": ["customers"]}, "CREATE": False}
    configure({"PROVIDERS.keycloak.POLICY": policy})
    [said] = of_database()
    assert said == "The policy of keycloak names the group tasters, which does not exist."
    configure({"PROVIDERS.keycloak.POLICY": {**policy, "CREATE": True}})
    assert of_database() == []


@pytest.mark.django_db
def test_before_the_first_migrate_no_group_is_asked_for(configure, monkeypatch):
    configure({"PROVIDERS.keycloak.POLICY": {"GROUPS": {"tasters": ["tasters"]}, "CREATE": False}})
    monkeypatch.setattr(connection.introspection, "table_names", list)
    assert of_database() == []


def test_a_database_that_is_away_is_for_others_to_say(configure, monkeypatch):
    def away(*_):
        raise OperationalError

    configure({"PROVIDERS.keycloak.POLICY": {"GROUPS": {"tasters": ["tasters"]}, "CREATE": False}})
    monkeypatch.setattr(connection.introspection, "table_names", away)
    assert of_database() == []


def test_an_admins_provider_that_is_none_and_an_admin_that_is_none(configure):
    configure({"ADMIN_PROVIDERS": {"admin": "keycloack"}})
    (message,) = found().values()
    assert message.id == "relyant.E016"
    assert message.msg == "RELYANT.ADMIN_PROVIDERS.admin names keycloack, which is no provider."
    assert message.hint == "Did you mean keycloak? Known here: keycloak."
    configure({"ADMIN_LOGIN": "off", "ADMIN_PROVIDERS": {"admn": "keycloak"}})
    (message,) = found().values()
    assert message.id == "relyant.W011" and "ADMIN_PROVIDERS.admn" in message.msg
    configure({"ADMIN_PROVIDERS": {"admin": "keycloak"}})
    assert found() == {}


@pytest.mark.parametrize("setting", ["HOSTS", "EMAIL_DOMAINS"])
def test_what_two_providers_claim(configure, settings, setting):
    settings.ALLOWED_HOSTS = ["*.brewery.example", ".brewery.example"]
    other = {"ISSUER": "https://guests.example.com", "CLIENT_ID": "beer", setting: ["Beer.brewery.example"]}
    configure({"PROVIDERS.guests": other})
    assert found() == {}
    own = ["pub.brewery.example", "beer.BREWERY.example"]
    configure({"PROVIDERS.guests": other, f"PROVIDERS.keycloak.{setting}": own})
    (message,) = found().values()
    assert message.id == "relyant.W020"
    assert message.msg == f"keycloak and guests both have beer.brewery.example in {setting}."


@pytest.mark.parametrize(
    ("base_url", "allowed", "why"),
    [
        ("https://www.brewery.example", ["*"], "BASE_URL is https://www.brewery.example"),
        (None, ["www.brewery.example"], "ALLOWED_HOSTS doesn't have it"),
        (None, [".brewery.example"], None),
        ("https://beer.brewery.example:8443", ["beer.brewery.example"], None),
        (None, [], None),
    ],
)
def test_a_host_at_which_no_login_ends(configure, settings, base_url, allowed, why):
    settings.ALLOWED_HOSTS = allowed
    configure({"BASE_URL": base_url, "PROVIDERS.keycloak.HOSTS": ["beer.brewery.example"]})
    said = [f"RELYANT.PROVIDERS.keycloak.HOSTS names beer.brewery.example, but {why}."] if why else []
    assert [one.msg for one in found().values()] == said


@pytest.mark.parametrize(
    "name", ["admin:*", "admin:auth_user_change", "tests.project.beers.views.home", "*", "admin:auth_u*"]
)
def test_a_view_that_step_up_names_is_there(configure, name):
    configure({"STEP_UP": {name: {"MAX_AGE": 300}}})
    assert "W022" not in found()


@pytest.mark.parametrize("name", ["admin:auth_user_chnge", "auth_user_change", "admin:*_change", "office:*"])
def test_a_view_that_step_up_names_and_that_is_not_there_is_said(configure, name):
    configure({"STEP_UP": {name: {"MAX_AGE": 300}}})
    assert "W022" in found()


def test_the_nearest_view_is_named(configure):
    configure({"STEP_UP": {"admin:auth_user_chnge": {"MAX_AGE": 300}}})
    [said] = [one for one in checks.run_checks() if one.id == "relyant.W022"]
    assert said.hint == "Did you mean admin:auth_user_change?"
