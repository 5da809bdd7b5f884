"""The login page of one theme with the link to the provider, on each of the site's admins."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import checks
from django.core.management import call_command

ADMINS = ["/back/door/", "/brewmaster/"]
PART = re.compile(
    r'<link rel="stylesheet" href="/static/relyant/admin\.css">\s*<div class="relyant-admin">.*?</div>',
    re.DOTALL,
)
SECRETS = re.compile(r'(name="csrfmiddlewaretoken" value=")\w+')


class Outline(HTMLParser):
    """What a page has in order: our links, and its fields."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("class") == "relyant-admin-link":
            self.found.append(given["href"])
        if tag == "input" and given.get("type") in ("text", "password"):
            self.found.append(given["name"])


def page(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def with_words(words):
    return {**settings.RELYANT, "ADMIN_LOGIN": words}


@pytest.mark.parametrize("path", ADMINS)
def test_the_link_stands_above_the_form(browser, path):
    link = "/oidc/login/?next=" + path.replace("/", "%2F")
    text = page(browser.get(f"{path}login/"))
    assert Outline(text).found == [link, "username", "password"]
    assert "Sign in with Keycloak</a>" in text


@pytest.mark.parametrize("place", [0, 1, -1], ids=["first", "second", "last"])
def test_relyant_stands_at_any_place_among_the_apps(browser, settings, place):
    others = [app for app in settings.INSTALLED_APPS if app != "relyant"]
    at = place if place >= 0 else len(others)
    settings.INSTALLED_APPS = [*others[:at], "relyant", *others[at:]]
    assert Outline(page(browser.get("/back/door/login/"))).found[1:] == ["username", "password"]


@pytest.mark.parametrize("path", ADMINS)
def test_nothing_else_of_the_page_changes(browser, settings, path):
    added = SECRETS.sub(r"\1", page(browser.get(f"{path}login/")))
    settings.RELYANT = with_words("off")
    plain = SECRETS.sub(r"\1", page(browser.get(f"{path}login/")))
    assert "relyant" not in plain
    rest, parts = PART.subn("", added)
    assert parts == 1
    assert rest.split() == plain.split()


@pytest.mark.parametrize("path", ADMINS)
def test_what_is_added_holds_no_script_and_no_inline_style(browser, path):
    part = PART.search(page(browser.get(f"{path}login/"))).group()
    assert not re.search(r"<script|<style|style=|on\w+=|javascript:", part)


@pytest.mark.parametrize("path", ADMINS)
def test_the_link_is_kept_after_a_wrong_password(browser, path):
    fields = {"username": "root", "password": "wrong", "next": f"{path}auth/"}
    text = page(browser.post(f"{path}login/", fields))
    link = "/oidc/login/?next=" + f"{path}auth/".replace("/", "%2F")
    assert Outline(text).found[0] == link
    assert "Please enter the correct username and password" in text


@pytest.mark.parametrize("path", ADMINS)
def test_the_form_still_takes_a_password(browser, path):
    User.objects.create_superuser("root", password="break-glass")
    fields = {"username": "root", "password": "break-glass", "next": path}
    assert browser.post(f"{path}login/", fields)["Location"] == path
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize("path", ADMINS)
def test_the_link_leads_to_the_provider_and_back_into_the_admin(browser, relyant_provider, path):
    asked = browser.get(browser.get(path)["Location"])
    request = browser.get(Outline(page(asked)).found[0])["Location"]
    assert browser.get(relyant_provider.callback(request, "adam"))["Location"] == path
    assert browser.get(path).status_code == 200


def test_the_other_site_has_its_own_word(browser):
    assert browser.get("/office/login/")["Location"] == "/oidc/login/?next=%2Foffice%2F"


@pytest.mark.django_db
def test_the_project_has_nothing_to_mend():
    assert checks.run_checks(tags=["relyant"]) == []
    call_command("check")
