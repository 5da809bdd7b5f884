"""The four addresses: methods, headers, words. No provider is asked here."""

from __future__ import annotations

import gettext
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.urls import reverse

from relyant import errors
from relyant.flows import pages

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


def test_no_page_with_a_form_forbids_the_origin():
    """Under `no-referrer` a browser posts with `Origin: null`, and Django's CSRF check says no."""
    folder = Path(pages.__file__).parents[1] / "templates" / "relyant"
    with_a_form = {
        path.name
        for path in folder.iterdir()
        if "<form" in path.read_text() or "sign_out.html" in path.read_text()
    }
    assert with_a_form - {"sign_out.html"} == set(pages._WITH_A_FORM)


def test_a_static_host_of_its_own_may_style_the_pages(client, settings):
    settings.STATIC_URL = "https://static.example.com/beer/"
    response = client.get("/oidc/logged-out/")
    assert 'href="https://static.example.com/beer/relyant/relyant.css"' in response.content.decode()
    assert "style-src https://static.example.com;" in response["Content-Security-Policy"]


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
    """The parts of a page that a screen reader stands on."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_plain_and_accessible(client, name):
    page = client.get(reverse(name)).content.decode()
    outline = Outline(page)
    assert outline.tags.count("h1") == outline.tags.count("main") == outline.tags.count("title") == 1
    assert ("html", "lang", "en-us") in outline.attributes and ("html", "dir", "ltr") in outline.attributes
    assert "script" not in outline.tags and "style" not in outline.tags
    assert not [name for _, name, _ in outline.attributes if name == "style" or name.startswith("on")]
    assert re.search(r"<title>[A-Z][^<]+</title>", page)


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


def test_a_broken_setting_is_a_page(client, settings, caplog):
    settings.RELYANT = {
        "PROVIDERS": {"keycloak": {"ISSUER": "ftp://sso.example.com", "CLIENT_ID": "beer"}},
    }
    response = client.get("/oidc/login/")
    assert response.status_code == 503 and "configuration." in response.content.decode()


def test_the_pages_speak_the_visitors_language(client, settings):
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]
    settings.USE_I18N = True
    page = client.get("/oidc/logged-out/", HTTP_ACCEPT_LANGUAGE="de-DE,de;q=0.9").content.decode()
    assert '<html lang="de" dir="ltr">' in page and "Sie sind abgemeldet" in page
    page = client.get("/oidc/logged-out/", HTTP_ACCEPT_LANGUAGE="ar").content.decode()
    assert '<html lang="ar" dir="rtl">' in page and "You are signed out" in page


def test_every_text_of_the_pages_is_translated():
    """What the templates and the refusals say, word for word."""
    package = Path(pages.__file__).parents[1]
    catalogue = (package / "locale/de/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    said = set()
    for template in (package / "templates/relyant").iterdir():
        said |= set(re.findall(r'{% translate "([^"]+)" %}', template.read_text()))
        said |= set(re.findall(r"{% blocktranslate [^%]*%}(.+?){% endblock", template.read_text()))
    said |= {str(text) for words in errors._WORDS_BY_KIND.values() for text in (words.title, words.text)}
    said |= {str(text) for words in errors._WORDS_BY_CODE.values() for text in (words.title, words.text)}
    assert len(said) > 40
    for text in said:
        source = re.sub(r"{{ (\w+) }}", r"%(\1)s", text)
        assert f'msgid "{source}"\nmsgstr "' in catalogue, source
    assert 'msgstr ""\n\n' not in catalogue and "fuzzy" not in catalogue


def test_the_compiled_catalogue_is_that_of_the_source():
    folder = Path(pages.__file__).parents[1] / "locale/de/LC_MESSAGES"
    source = (folder / "django.po").read_text(encoding="utf-8")
    texts = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE))
    with (folder / "django.mo").open("rb") as compiled:
        known = gettext.GNUTranslations(compiled)
    assert all(known.gettext(text) == translation for text, translation in texts.items())
