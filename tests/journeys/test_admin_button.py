"""The admin's door with a button: a link to each provider above the form, whatever template shows it."""

from __future__ import annotations

import re
from html import unescape

import django
import pytest
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import include, path
from django.utils import translation
from django.utils.translation import gettext_lazy

from relyant.flows import admin_page
from tests.journeys.conftest import signed_in
from tests.journeys.test_admin import SITES

LINK = re.compile(r'<a class="relyant-admin-link" href="([^"]*)">([^<]*)</a>')


@pytest.fixture(autouse=True)
def button(site):
    site.RELYANT = {**site.RELYANT, "ADMIN_LOGIN": "button"}


def links(answer) -> list[tuple[str, str]]:
    """Where the links on a login page lead, and what they say."""
    assert answer.status_code == 200
    return [(unescape(url), unescape(words)) for url, words in LINK.findall(answer.content.decode())]


def to(site_path) -> list[tuple[str, str]]:
    return [("/oidc/login/?next=" + site_path.replace("/", "%2F"), "Sign in with Keycloak")]


@pytest.mark.parametrize("site_path", SITES)
def test_an_anonymous_visitor_finds_the_link_and_comes_back_to_her_admin(
    browser, relyant_provider, site_path
):
    form = browser.get(browser.get(f"{site_path}auth/?q=1")["Location"])
    assert [words for _, words in links(form)] == ["Sign in with Keycloak"]
    request = browser.get(links(form)[0][0])["Location"]
    assert browser.get(relyant_provider.callback(request, "adam"))["Location"] == f"{site_path}auth/?q=1"


@pytest.mark.parametrize("site_path", SITES)
def test_without_next_the_link_leads_to_its_own_admin(browser, site_path):
    assert links(browser.get(f"{site_path}login/")) == to(site_path)


@pytest.mark.parametrize(
    "away", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil"]
)
def test_a_next_that_leads_away_becomes_the_admins_index(browser, away):
    assert links(browser.get("/admin/login/", {"next": away})) == to("/admin/")
    assert links(browser.post("/admin/login/", {"username": "x", "password": "y", "next": away})) == to(
        "/admin/"
    )


def test_a_next_can_not_break_out_of_the_link(browser):
    page = browser.get("/admin/login/", {"next": '/"><script>alert(1)</script>'})
    assert "<script>alert" not in page.content.decode()
    assert links(page) == [
        ("/oidc/login/?next=%2F%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E", "Sign in with Keycloak")
    ]


@pytest.mark.parametrize("query", ["", "?local=1", "?local=1&next=/elsewhere/"])
def test_a_form_that_failed_has_the_link_too_and_keeps_where_she_wanted_to_go(browser, query):
    fields = {"username": "root", "password": "wrong", "next": "/admin/auth/"}
    answer = browser.post(f"/admin/login/{query}", fields)
    assert "errornote" in answer.content.decode()
    assert links(answer) == to("/admin/auth/")


def test_the_local_way_has_the_link_too(browser):
    assert links(browser.get("/admin/login/?local=1")) == to("/admin/")


def test_a_password_of_the_site_still_signs_in(browser):
    User.objects.create_superuser("root", password="break-glass")
    fields = {"username": "root", "password": "break-glass", "next": "/admin/auth/"}
    assert browser.post("/admin/login/", fields)["Location"] == "/admin/auth/"
    assert signed_in(browser) == "root"


def test_several_providers_have_a_link_each(browser, site):
    keycloak = site.RELYANT["PROVIDERS"]["keycloak"]
    providers = {
        "keycloak": keycloak,
        "guests": {**keycloak, "PRESET": "generic", "LABEL": "<b>Guests & friends</b>", "POLICY": {}},
        "other": {**keycloak, "PRESET": "generic", "POLICY": {}},
    }
    site.RELYANT = {**site.RELYANT, "PROVIDERS": providers}
    assert links(browser.get("/admin/login/")) == [
        ("/oidc/login/?next=%2Fadmin%2F&provider=keycloak", "Sign in with Keycloak"),
        ("/oidc/login/?next=%2Fadmin%2F&provider=guests", "Sign in with <b>Guests & friends</b>"),
        ("/oidc/login/?next=%2Fadmin%2F&provider=other", "Sign in with other"),
    ]


def test_two_providers_of_one_product_are_called_by_their_own_names(browser, site):
    keycloak = site.RELYANT["PROVIDERS"]["keycloak"]
    site.RELYANT = {**site.RELYANT, "PROVIDERS": {"staff": keycloak, "guests": keycloak}}
    said = [words for _, words in links(browser.get("/admin/login/"))]
    assert said == ["Sign in with staff", "Sign in with guests"]


def test_link_and_label_speak_the_visitors_language(browser, site):
    keycloak = {**site.RELYANT["PROVIDERS"]["keycloak"], "LABEL": gettext_lazy("Sign out")}
    site.RELYANT = {**site.RELYANT, "PROVIDERS": {"keycloak": keycloak}}
    with translation.override("de"):
        ((_, words),) = links(browser.get("/admin/login/"))
    assert words == "Mit Abmelden anmelden"


def test_staff_goes_straight_in(browser, relyant_provider):
    relyant_provider.sign_in(browser, "chris")
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/admin/login/")["Location"] == "/admin/"


def test_signed_in_but_not_staff_is_a_page_with_a_way_to_the_form(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    answer = browser.get("/admin/auth/", follow=True)
    text = answer.content.decode()
    assert (answer.status_code, len(answer.redirect_chain)) == (403, 1)
    assert "carol" in text and "decision.not_staff" in text
    way = unescape(re.search(r'<a href="([^"]*)">Sign in with a password of this site</a>', text).group(1))
    assert way == "/admin/login/?local=1&next=%2Fadmin%2Fauth%2F"
    form = browser.get(way)
    # The provider would only send her back here.
    assert links(form) == [] and 'name="password"' in form.content.decode()
    User.objects.create_superuser("root", password="break-glass")
    fields = {"username": "root", "password": "break-glass", "next": "/admin/auth/"}
    assert browser.post(way, fields)["Location"] == "/admin/auth/"
    assert signed_in(browser) == "root"


def test_each_site_has_its_own_word(browser, site):
    site.RELYANT = {**site.RELYANT, "ADMIN_LOGIN": {"office": "redirect", "admin": "button"}}
    assert links(browser.get("/admin/login/")) == to("/admin/")
    assert browser.get("/brewery/office/login/")["Location"] == "/oidc/login/?next=%2Fbrewery%2Foffice%2F"
    assert links(browser.get("/wrapped/login/")) == []


def test_the_redirect_has_no_way_to_the_form_on_its_page(browser, relyant_provider, site):
    site.RELYANT = {**site.RELYANT, "ADMIN_LOGIN": "redirect"}
    relyant_provider.sign_in(browser, "carol")
    assert "local=1" not in browser.get("/admin/", follow=True).content.decode()


@pytest.mark.parametrize("word", ["button", "off"])
def test_the_admins_logout_leaves_the_provider_too(browser, relyant_provider, site, word):
    site.RELYANT = {**site.RELYANT, "ADMIN_LOGIN": word}
    relyant_provider.sign_in(browser, "adam")
    answer = browser.post("/admin/logout/")
    assert answer["Location"].startswith(relyant_provider.issuer)
    assert signed_in(browser) is None


def test_an_app_that_only_calls_itself_admin_is_left_alone(browser):
    assert browser.get("/impostor/login/").content == b"hello stranger"


class DeskAdmin(ModelAdmin):
    """Adds pages whose names are those of the site's own."""

    def get_urls(self):
        public, own = self.sign_in_help, self.admin_site.admin_view(self.sign_out)
        added = [path("help/", public, name="login"), path("<int:pk>/sign-out/", own, name="logout")]
        return [*added, *super().get_urls()]

    def sign_in_help(self, request):
        return TemplateResponse(request, engines["django"].from_string(PAGES["block.html"]))

    def sign_out(self, _request, pk):
        return HttpResponse(f"signed out: {pk}")


@pytest.mark.parametrize("word", ["button", "redirect"])
def test_a_models_own_page_of_such_a_name_is_left_alone(site, browser, relyant_provider, word):
    made = AdminSite("made")
    made.register(User, DeskAdmin)
    patterns = [path("made/", made.urls), path("oidc/", include("relyant.urls"))]
    site.ROOT_URLCONF = type("urls", (), {"urlpatterns": patterns})
    site.RELYANT = {**site.RELYANT, "ADMIN_LOGIN": word}
    assert browser.get("/made/auth/user/help/").content == b"<title>t</title>form"
    relyant_provider.sign_in(browser, "adam")
    assert browser.post("/made/auth/user/7/sign-out/").content == b"signed out: 7"
    assert SESSION_KEY in browser.session
    assert browser.post("/made/logout/")["Location"].startswith(relyant_provider.issuer)


# Other templates.

PAGES = {
    "raw.html": "{% autoescape off %}{% block content %}form{% endblock %}{% endautoescape %}",
    "block.html": "<title>t</title>{% block content %}form{% endblock %}",
    "child.html": "{% extends 'block.html' %}{% block content %}my {{ block.super }}{% endblock %}",
    "admin/login.html": "{% extends 'admin/login.html' %}{% block content_title %}Our own{% endblock %}",
    "frame.html": "{% block frame %}{% block content %}{% endblock %}{% endblock %}",
    "reframed.html": "{% extends 'frame.html' %}{% block frame %}{{ block.super }}!{% endblock %}",
    "conditional.html": "{% if True %}{% with a=1 %}{% block content %}{% endblock %}{% endwith %}{% endif %}",
    "before.html": "{% block content %}a{% block login_before %}b{% endblock %}form{% endblock %}",
    # What takes no link.
    "bare.html": "form",
    "orphan.html": "{% extends 'bare.html' %}{% block content %}form{% endblock %}",
    "hidden.html": "{% extends 'frame.html' %}{% block frame %}form{% endblock %}",
    # What only a visitor's request tells.
    "dynamic.html": "{% extends parent %}",
    "never.html": "{% if False %}{% block content %}{% endblock %}{% endif %}",
}


class MadeSite(AdminSite):
    """An admin that shows a template as its login page: one by name as the setting for it has it, others itself."""

    template = None
    context = {}

    @property
    def login_template(self):
        return self.template if isinstance(self.template, str) else None

    def each_context(self, request):
        return {**super().each_context(request), **self.context}

    def login(self, request, extra_context=None):
        if self.template is None or self.login_template:
            return super().login(request, extra_context)
        return TemplateResponse(request, self.template)


def django_engine(name, *loaders):
    return {
        "NAME": name,
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": loaders,
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }


@pytest.fixture
def login_page(site, browser, tmp_path):
    """Show a template as the login page of an admin; `login_page.site` is that admin."""
    in_memory = "django.template.loaders.locmem.Loader"
    (tmp_path / "plain.html").write_text("form")
    site.TEMPLATES = [
        django_engine("usual", (in_memory, PAGES), "django.template.loaders.app_directories.Loader"),
        django_engine("apart", (in_memory, {"apart.html": PAGES["block.html"]})),
        {"BACKEND": "django.template.backends.dummy.TemplateStrings", "DIRS": [tmp_path]},
    ]
    admin_page._note.cache_clear()
    made = MadeSite("made")

    def show(template, context=None):
        made.template, made.context = template, context or {}
        return browser.get("/made/login/")

    urls = type(
        "urls", (), {"urlpatterns": [path("made/", made.urls), path("oidc/", include("relyant.urls"))]}
    )
    site.ROOT_URLCONF = urls
    show.site = made
    return show


@pytest.mark.parametrize(
    "name",
    ["block.html", "child.html", "admin/login.html", "reframed.html", "conditional.html", "before.html"],
)
def test_any_template_with_the_block_takes_the_link(login_page, name, caplog):
    assert links(login_page(name)) == to("/made/")
    assert admin_page.obstacle(login_page.site) is None
    assert caplog.text == ""


def test_a_template_is_named_in_any_way_that_a_response_takes(login_page):
    assert links(login_page(["nowhere.html", "block.html"])) == to("/made/")
    assert links(login_page(engines["usual"].get_template("block.html"))) == to("/made/")
    assert links(login_page(None)) == to("/made/")


# AR-24
def test_a_page_that_escapes_nothing_escapes_what_is_added(login_page, configure):
    configure({"PROVIDERS.keycloak.LABEL": "<script>alert(1)</script>"})
    text = login_page("raw.html").content.decode()
    assert "Sign in with &lt;script&gt;" in text and "<script" not in text


def test_a_block_right_above_the_form_is_taken_first(login_page):
    text = login_page("before.html").content.decode()
    assert text.index("ab") < text.index('class="relyant-admin"') < text.index("form")
    assert len(LINK.findall(text)) == 1


@pytest.mark.parametrize("name", ["bare.html", "orphan.html", "hidden.html"])
def test_without_the_block_the_page_stays_and_the_log_says_so(login_page, name, caplog):
    assert login_page(name).content.decode().strip() == "form"
    login_page(name)
    assert admin_page.obstacle(login_page.site) == "has no `content` block"
    (record,) = [one for one in caplog.records if one.name == "relyant"]
    assert record.levelname == "ERROR"
    assert f"{name} has no `content` block" in record.getMessage()


def test_where_only_a_request_tells_the_log_does(login_page, caplog):
    assert links(login_page("dynamic.html", {"parent": "block.html"})) == to("/made/")
    assert caplog.text == ""
    assert links(login_page("never.html")) == []
    assert "never.html has no `content` block" in caplog.text
    assert links(login_page("dynamic.html", {"parent": "bare.html"})) == []
    assert "dynamic.html has no `content` block" in caplog.text
    login_page.site.template = "dynamic.html"
    assert admin_page.obstacle(login_page.site) is None


# That engine writes out the form as it comes, of which Django 4.2 warns.
@pytest.mark.filterwarnings("ignore:The .default.html. templates for forms")
def test_a_template_of_another_language_stays_as_it_is(login_page, caplog):
    assert login_page("plain.html").content == b"form"
    assert admin_page.obstacle(login_page.site) == "is no template of Django's own language"
    assert "plain.html'] is no template of Django's own language" in caplog.text


def test_an_engine_that_does_not_find_our_templates_leaves_the_page(login_page, caplog):
    assert login_page("apart.html").content == b"<title>t</title>form"
    why = "is from an engine that doesn't find relyant/admin_page.html"
    assert admin_page.obstacle(login_page.site) == why
    assert f"apart.html {why}" in caplog.text


def test_a_missing_template_is_no_obstacle_of_ours(login_page):
    login_page.site.template = "nowhere.html"
    assert admin_page.obstacle(login_page.site) is None


@pytest.mark.parametrize(("nonce", "said"), [("abc", ' nonce="abc">'), (None, ">")])
def test_the_style_sheet_has_the_pages_nonce(login_page, nonce, said):
    text = login_page("block.html", {"csp_nonce": nonce} if nonce else {}).content.decode()
    assert f'<link rel="stylesheet" href="/static/relyant/admin.css"{said}' in text


def test_a_style_sheet_that_was_not_collected_stops_no_login(login_page, site, tmp_path):
    manifest = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    site.STATIC_ROOT = tmp_path
    if django.VERSION < (4, 2):
        site.STATICFILES_STORAGE = manifest
    else:
        site.STORAGES = {**site.STORAGES, "staticfiles": {"BACKEND": manifest}}
    answer = login_page("block.html")
    assert links(answer) == to("/made/") and "stylesheet" not in answer.content.decode()
