"""The four addresses: methods, headers, words. No provider is asked here."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import django
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.urls import clear_script_prefix, reverse, set_script_prefix
from django.utils import timezone, translation
from django.utils.html import escape

from relyant import _core, errors, session_records, views
from relyant.errors import Refusal
from relyant.flows import identities, pages, refusals, resend, step_up, user_sessions
from relyant.flows.kept_form import KeptForm
from relyant.models import LinkedIdentity, UserSession
from relyant.transactions import Key, Linkable
from tests.test_sessions import KEPT

TEMPLATES = Path(pages.__file__).parents[1] / "templates" / "relyant"
# One refusal for each text that a visitor may read.
REFUSALS = [*errors._WORDS_BY_CODE, *(f"{kind}.any" for kind in errors._WORDS_BY_KIND)]
# Of what kinds they are, on the pages that have any.
VISIBLE_FIELDS = {
    "chooser with a field": {"email"},
    "chooser, unknown": {"email"},
    "form again": {"file", "password"},
}
PAGES = {
    "relyant:logout": 200,
    "relyant:logged-out": 200,
    "relyant:login": 503,  # nobody listens at the settings' issuer
}


@pytest.fixture(autouse=True)
def database(db):
    """Sessions are rows."""


@pytest.mark.parametrize("name", PAGES)
def test_every_answer_has_the_headers(client, name):
    response = client.get(reverse(name))
    assert response.status_code == PAGES[name]
    assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert response["Referrer-Policy"] == ("no-referrer" if name == "relyant:login" else "same-origin")
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_a_redirect_has_them_too_and_no_use_for_a_style_sheet(client):
    response = client.post("/oidc/logout/")
    assert (response.status_code, response["Location"]) == (303, "/oidc/logged-out/")
    assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_no_page_with_a_form_forbids_the_origin():
    """Under `no-referrer` a browser posts with `Origin: null`, and Django's CSRF check says no."""
    with_a_form = {
        path.name
        # The admin's pages leave with headers of its own.
        for path in TEMPLATES.iterdir()
        if not path.name.startswith("admin_")
        and ("<form" in path.read_text() or "sign_out.html" in path.read_text())
    }
    assert with_a_form - {"sign_out.html"} == set(pages._WITH_A_FORM)


def test_a_static_host_of_its_own_may_style_the_pages(client, settings):
    settings.STATIC_URL = "https://static.example.com/beer/"
    response = client.get("/oidc/logged-out/")
    assert 'href="https://static.example.com/beer/relyant/relyant.css"' in response.content.decode()
    assert "style-src https://static.example.com;" in response["Content-Security-Policy"]


@pytest.fixture
def without_a_manifest(settings, tmp_path):
    """Static files as they are before `collectstatic` has run: no address can be made of any."""
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STATIC_ROOT = tmp_path
    if django.VERSION < (4, 2):
        settings.STATICFILES_STORAGE = storage
    else:
        settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}
    pages._note_missing_style_sheet.cache_clear()


def test_a_style_sheet_that_was_not_collected_stops_nobody(client, without_a_manifest, caplog):
    assert client.post("/oidc/logout/").status_code == 303
    assert not caplog.records
    for _ in range(2):
        response = client.get("/oidc/logged-out/")
        assert response.status_code == 200 and "You are signed out" in response.content.decode()
        assert "stylesheet" not in response.content.decode()
        assert "style-src 'none';" in response["Content-Security-Policy"]
    (line,) = [record.getMessage() for record in caplog.records]
    assert "collectstatic" in line and "relyant/relyant.css" in line


def test_the_pages_need_no_context_processor(client, settings):
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "OPTIONS": {}}]
    assert "You are not signed in" in client.get("/oidc/logout/").content.decode()
    client.force_login(User.objects.create_user("carol"))
    for name in ("relyant:logout", "relyant:logged-out"):
        page = client.get(reverse(name)).content.decode()
        assert "You are signed in as <strong>carol</strong>" in page
        assert 'name="csrfmiddlewaretoken"' in page


@pytest.mark.parametrize(
    ("name", "methods"),
    [("login", "GET"), ("logged-out", "GET"), ("logout", "GET, POST")],
)
def test_other_methods_are_refused(client, name, methods):
    for method in ("post", "put", "patch", "delete", "head", "options"):
        if method.upper() in methods:
            continue
        response = getattr(client, method)(reverse(f"relyant:{name}"))
        assert (response.status_code, response["Allow"]) == (405, methods)


def test_the_views_need_no_login():
    from relyant import urls

    assert all(pattern.callback.login_required is False for pattern in urls.urlpatterns)


class Outline(HTMLParser):
    """The parts of a page that a screen reader stands on, and the words between its tags."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.words, self._open, self._foreign = [], [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag not in ("meta", "link", "input"):
            self._open.append(tag)
            self._foreign.append(tag != "html" and "lang" in dict(attrs))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        self._foreign.pop()

    def handle_data(self, data):
        # Roles, codes and references stand in <code>, people's names in <strong>.
        # What is said to be of another language is meant to be.
        if re.search(r"\w", data) and self._open[-1] not in ("code", "strong") and not any(self._foreign):
            self.words.append(" ".join(data.split()))


@pytest.fixture
def every_page(rf, decide):
    """Each of our pages in each of its forms, with what the flows put into it: name to a function that renders it."""
    anonymous, carol = AnonymousUser(), User(username="carol")
    known = session_records.sign_in_of(
        {**KEPT, "roles": [["customers", "realm_access.roles", "access_token"]]}
    )
    unlucky = session_records.Reason("staff", granted=False, because=None, needs=("creators",))
    hopeless = session_records.Reason("staff", granted=False, because=None, needs=())
    not_staff = Refusal("decision.not_staff", "not staff")
    policy = {"ALLOW": ["creators"]}
    linked = LinkedIdentity(pk=7, issuer="https://sso.example.com", last_login_at=timezone.now())
    rows = [
        identities.Row(linked, "Keycloak", is_in_use=True, is_last_way_in=True, is_of_this_session=True),
        identities.Row(
            linked,
            "https://sso.example.com",
            is_in_use=False,
            is_last_way_in=False,
            is_of_this_session=False,
        ),
    ]
    now = timezone.now()
    session = UserSession(pk=7, signed_in_at=now, checked_at=now, expires_at=now)
    hers = [user_sessions.Row(session, "Keycloak", "Firefox on Linux", is_this=one) for one in (True, False)]
    form = KeptForm(
        target="/beers/",
        user=None,
        kept_at=0,
        is_multipart=True,
        fields=[["name", "Zwickl"]],
        passwords=["password1"],
        files=[["label", "label.png"]],
    )
    titles = resend._TITLES
    stronger = step_up._NEEDS_STRONGER
    choices = [{"label": "Keycloak", "url": "/oidc/login/?provider=keycloak&chosen=1"}]
    linkable = Linkable("https://sso.example.com", "sub-carol", "carol@brewery.example", "mark")

    def page(template, user, status=200, **context):
        def render():
            request = rf.get("/")
            request.user = user
            return pages.page(request, template, context, status)

        return render

    def refused(code, **context):
        def render():
            request = rf.get("/")
            request.user = anonymous
            return refusals.answer(request, Refusal(code, "for the log"), "keycloak", **context)

        return render

    return {
        "logout": page("logout.html", carol, next_url="/beers/"),
        "logout of nobody": page("logout.html", anonymous),
        "logged out": page("logged_out.html", anonymous, sign_in_url="/oidc/login/"),
        "logged out, several providers": page(
            "logged_out.html",
            anonymous,
            sign_in_url="/oidc/login/",
            another_provider_url="/oidc/login/?choose=1",
        ),
        "chooser": page("chooser.html", anonymous, choices=choices),
        "chooser with a field": page(
            "chooser.html",
            anonymous,
            choices=choices,
            takes_address=True,
            next_url="/beers/",
            choose="choose",
        ),
        "chooser, unknown": page(
            "chooser.html", anonymous, choices=choices, takes_address=True, is_unknown=True, address="<a@b>"
        ),
        "logged out here alone": page(
            "logged_out.html",
            anonymous,
            sign_in_url="/oidc/login/",
            next_url="/beers/",
            provider_session_remains=True,
            refusal=Refusal("unavailable.connect", "no connection"),
        ),
        "still to leave the provider": page(
            "leave_provider.html",
            anonymous,
            provider_label="Keycloak",
            there=SimpleNamespace(url="https://sso.example.com/logout", fields=[("client_id", "beer")]),
        ),
        "still signed in": page("logged_out.html", carol, sign_in_url="/oidc/login/"),
        "onward": page("onward.html", carol, next_url="/beers/"),
        "identities": page("identities.html", carol, rows=rows, providers={"pub": "pub"}),
        "no identity": page("identities.html", carol, rows=[], providers={"pub": "pub"}),
        "sessions": page("sessions.html", carol, rows=hers, is_listed=True, has_others=True),
        "sessions that could not be ended": page(
            "sessions.html", carol, rows=hers[1:], has_others=True, is_incomplete=True
        ),
        "no session": page("sessions.html", carol, rows=[]),
        "break glass": page("break_glass.html", anonymous, holder=carol, minutes=60),
        "break glass, signed in": page("break_glass.html", carol, holder=User(username="adam"), minutes=60),
        "password closed": page("password_closed.html", anonymous, start_again_url="/oidc/login/"),
        "password sent": refused(
            "account.password_closed", template="password_closed.html", start_again_url="/oidc/login/"
        ),
        "link": page("link.html", carol, linkable=linkable, provider="Keycloak", key=Key("keycloak", "s")),
        **{
            f"form kept, {state}": page(
                "form_kept.html",
                carol,
                401,
                state=state,
                title=title,
                sealed="sealed",
                form=form,
                sign_in_url="/oidc/login/",
            )
            for state, title in titles.items()
        },
        "form too long": page(
            "form_kept.html",
            anonymous,
            401,
            title=titles["ended"],
            form=form,
            is_too_long=True,
            sign_in_url="/oidc/login/",
        ),
        "form not kept": page(
            "form_kept.html", anonymous, 401, title=titles["ended"], sign_in_url="/oidc/login/"
        ),
        "form again": page("form_again.html", carol, form=form, shown=form.fields),
        "form lost": page("form_lost.html", carol, 400),
        "back to the form": page("back_to_form.html", carol),
        "back to the form, nobody": page("back_to_form.html", anonymous, sign_in_url="/oidc/login/"),
        **{
            f"step up, {name}": page(
                "step_up.html",
                carol,
                403,
                title=stronger,
                ways=ways,
                needs_provider=needs,
                next_url="/beers/",
            )
            for name, ways, needs in (
                ("by a provider", [("Keycloak", "/oidc/again/?provider=keycloak")], True),
                ("none linked", [], True),
                ("by a password", [], False),
            )
        },
        "turned away": page("turned_away.html", carol, 403, next_url="/beers/"),
        "code": page("code.html", anonymous, explanation=errors.explain("unavailable.timeout")),
        "not staff": page("not_staff.html", carol, 403, refusal=not_staff, sign_in=known, staff=unlucky),
        "never staff": page("not_staff.html", carol, 403, refusal=not_staff, sign_in=known, staff=hopeless),
        "not staff, local": page("not_staff.html", carol, 403, refusal=not_staff, sign_in=None, staff=None),
        "not allowed": refused(
            "decision.not_allowed",
            decision=decide("customers", policy=policy),
            end_session_url="https://sso.example.com/logout",
        ),
        "not allowed, no roles": refused("decision.not_allowed", decision=decide(policy=policy)),
        **{f"refused: {code}": refused(code) for code in REFUSALS},
        **{
            f"ended: {code}": refused(code, template="session_ended.html", start_again_url="/oidc/login/")
            for code in REFUSALS
            if code.startswith("session.")
        },
        "ended: not allowed": refused(
            "decision.not_allowed",
            template="session_ended.html",
            start_again_url="/oidc/login/",
            decision=decide("customers", policy=policy),
        ),
    }


def test_every_page_is_among_them(every_page, monkeypatch):
    shown = set()
    monkeypatch.setattr(pages, "render_to_string", lambda name, *_: shown.add(name) or "")
    for render in every_page.values():
        render()
    whole = {
        path.name for path in TEMPLATES.iterdir() if '{% extends "relyant/base.html" %}' in path.read_text()
    }
    assert shown == {f"relyant/{name}" for name in whole}


def test_pages_are_plain_and_accessible(every_page):
    for name, render in every_page.items():
        page = render().content.decode()
        outline = Outline(page)
        assert outline.tags.count("h1") == outline.tags.count("main") == outline.tags.count("title") == 1, (
            name
        )
        assert outline.tags.count("html") == outline.tags.count("body") == 1, name
        assert ("html", "lang", "en") in outline.attributes, name
        assert ("html", "dir", "ltr") in outline.attributes, name
        assert "script" not in outline.tags and "style" not in outline.tags, name
        assert not [one for _, one, _ in outline.attributes if one == "style" or one.startswith("on")], name
        assert outline.tags.count("form") == outline.tags.count("button"), name
        kinds = {kind for tag, one, kind in outline.attributes if (tag, one) == ("input", "type")}
        assert kinds - {"hidden"} == VISIBLE_FIELDS.get(name, set()), name
        assert re.search(r"<title>[A-Z][^<]+</title>", page), name
        assert 'href=""' not in page and "None" not in page, name


def test_no_word_of_a_german_page_is_english(every_page):
    """What stands in <code> and people's names are nobody's language."""
    same_in_both = {"Code"}
    for name, render in every_page.items():
        english = Outline(render().content.decode())
        with translation.override("de"):
            german = Outline(render().content.decode())
        assert ("html", "lang", "de") in german.attributes, name
        assert len(german.words) == len(english.words) >= 3, name
        assert not (set(german.words) & set(english.words)) - same_in_both, name


def test_each_page_with_a_code_leads_to_what_the_code_means(every_page, client):
    with_a_code = 0
    for name, render in every_page.items():
        for code in re.findall(r'href="/oidc/codes/([a-z_.]+)/"', render().content.decode()):
            with_a_code += 1
            if code.endswith(".any"):
                continue  # no refusal's code: it stands for its kind
            page = client.get(reverse("relyant:code", args=[code]))
            assert page.status_code == 200, name
            assert f"<code>{code}</code>" in page.content.decode()
    assert with_a_code >= len(REFUSALS)


def test_every_code_of_the_reference_has_its_page(client):
    examined = {
        code for code, _ in _core.error_catalogue() if not code.startswith(("transaction.", "misuse."))
    }
    for code, _kind, meaning in errors.catalogue():
        page = client.get(reverse("relyant:code", args=[code]))
        assert page.status_code == 200
        assert escape(meaning) in page.content.decode()
        assert ("relyant_doctor" in page.content.decode()) == (code in examined), code
    assert client.get("/oidc/codes/no.such/").status_code == 404
    assert client.get("/oidc/codes/%3Cscript%3E/").status_code == 404


def test_every_page_leads_back_to_the_site(every_page):
    """But for the one that goes on by itself. Under a prefix, the site begins there."""
    for prefix in ("/", "/brewery/"):
        set_script_prefix(prefix)
        try:
            pages_with_a_link = {
                name
                for name, render in every_page.items()
                if f'<a href="{prefix}">Back to the site</a>' in render().content.decode()
            }
        finally:
            clear_script_prefix()
        assert pages_with_a_link == every_page.keys() - {"onward"}


def test_the_style_sheet_is_there_and_knows_the_dark():
    from django.contrib.staticfiles import finders

    with open(finders.find("relyant/relyant.css"), encoding="utf-8") as sheet:
        text = sheet.read()
    assert "prefers-color-scheme: dark" in text and "url(" not in text


def test_a_refusal_without_a_login_offers_one(client):
    response = client.get("/oidc/callback/keycloak/?state=unknown&code=x")
    text = response.content.decode()
    assert response.status_code == 400
    assert 'href="/oidc/login/"' in text and "transaction.not_found" in text


@pytest.mark.parametrize(
    "change", [{"ISSUER": "ftp://sso.example.com"}, {"ISUER": "https://sso.example.com"}]
)
@pytest.mark.parametrize("query", ["", "?next=/beers/"])
def test_a_broken_setting_is_a_page(client, settings, change, query):
    settings.RELYANT = {"PROVIDERS": {"keycloak": {"CLIENT_ID": "beer", **change}}}
    response = client.get(f"/oidc/login/{query}")
    assert response.status_code == 503
    assert "<code>configuration.settings</code>" in response.content.decode()


def test_the_pages_speak_the_visitors_language(client, settings):
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]
    settings.USE_I18N = True
    page = client.get("/oidc/logged-out/", HTTP_ACCEPT_LANGUAGE="de-DE,de;q=0.9").content.decode()
    assert '<html lang="de" dir="ltr">' in page and "Sie sind abgemeldet" in page


@pytest.mark.parametrize(
    ("site", "visitor", "lang", "words"),
    [("en-us", "ar", "en", "You are signed out"), ("de", "he", "de", "Sie sind abgemeldet")],
)
def test_a_page_in_another_language_than_the_visitors_says_so(client, settings, site, visitor, lang, words):
    """WCAG 3.1.1: a screen reader reads English aloud as English, also to somebody who asked for Arabic."""
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]
    settings.USE_I18N = True
    settings.LANGUAGE_CODE = site
    page = client.get("/oidc/logged-out/", HTTP_ACCEPT_LANGUAGE=visitor).content.decode()
    assert f'<html lang="{lang}" dir="ltr">' in page and words in page


# LO-15
@pytest.mark.parametrize("name", ["callback", "again", "back_channel_logout", "front_channel_logout"])
def test_no_transaction_is_around_a_view_in_whichever_database_the_register_is(monkeypatch, name):
    """LO-15: a login and a logout token that overtakes it each have to see what the other has written."""
    monkeypatch.setattr(views, "connections", ["default", "people"])
    assert getattr(views, name)._non_atomic_requests == {"default"}
    assert views._outside_of_transactions(lambda: None)._non_atomic_requests == {"default", "people"}
