"""Every how-to is carried out in the tutorial's project: each of its blocks, and what its words promise about them."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

from relyant import conf, errors
from tests.docs import pages
from tests.docs.pages import DOCS

CODE = re.compile(r"`([a-z0-9_]+\.[a-z0-9_]+)`")
CHECK = re.compile(r"`(relyant\.[EW]\d{3})`")


def how_tos():
    return sorted(path.relative_to(DOCS).as_posix() for path in (DOCS / "how-to").glob("*.md"))


@pytest.mark.parametrize("page", how_tos())
def test_a_page_names_codes_and_checks_that_exist(page):
    from relyant import check_catalogue

    text = pages.read(page)
    kinds = {kind for _code, kind, _meaning in errors.catalogue()}
    codes = {code for code in CODE.findall(text) if code.partition(".")[0] in kinds}
    assert codes <= {code for code, _kind, _meaning in errors.catalogue()}
    assert set(CHECK.findall(text)) <= set(check_catalogue.CATALOGUE)


@pytest.mark.parametrize("page", [page for page in how_tos() if "/from-" in page])
def test_a_page_on_another_package_names_settings_of_ours_that_exist(page):
    from relyant import _core

    ours = {one.name for one in conf.reference()} | {key for key, _shape, _meaning in _core.policy_keys()}
    named = {row["here"].strip("`") for table in pages.tables(page) for row in table}
    assert named - {"none"} <= ours


def test_keycloak(owner):
    """The doctor finds nothing wrong with what the page sets; it is asked about the development provider."""
    issuer = f"http://127.0.0.1:{owner.provider_port}/realms/brewery"
    owner.changes["https://sso.example.com/realms/brewery"] = issuer
    settings, doctor = pages.blocks("how-to/keycloak.md")
    owner.follow(settings)
    owner.check()
    owner.start()
    third = owner.terminal("third")
    answer = third.run(owner.change(doctor.text), seconds=120)
    assert "/oidc/callback/keycloak/" in answer


def test_staff_and_superusers(owner):
    page = "how-to/staff-and-superusers.md"
    roles, condition, same_name, other_place, view, urls = pages.blocks(page)
    for block in (roles, view, urls):
        owner.follow(block)
    owner.check()
    owner.start()
    table, _wrong = pages.tables(page)
    for row in table:
        _, answer = owner.sign_in(row["person"], "/why/")
        assert (answer.status == 200) == (row["enters"] == "yes"), answer.text
        if row["enters"] == "yes":
            why = json.loads(answer.html)
            assert {flag: row[flag] == "yes" for flag in ("staff", "superuser")}.items() <= why.items()
    owner.follow(condition)
    allow = """from django.conf import settings
policy = settings.RELYANT["PROVIDERS"]["keycloak"]["POLICY"]
print("still there:", *sorted(policy))"""
    assert "still there: ALLOW GROUPS STAFF SUPERUSER" in owner.in_shell(allow)
    for block in (same_name, other_place):
        owner.follow(block)
        owner.terminal("third").run("python manage.py check --fail-level WARNING", seconds=120)


def test_a_hook(owner):
    for block in pages.blocks("how-to/hook.md"):
        owner.follow(block)
    owner.check()
    owner.start()
    _, answer = owner.sign_in("nora", "/admin/")
    assert answer.status == 403 and "Ask the cellar master for a role." in answer.text
    _, answer = owner.sign_in("carol", "/admin/")
    assert answer.status == 200
    _, answer = owner.sign_in("chris", "/admin/")
    assert answer.status == 403 and "Ask the cellar master" not in answer.text


def test_the_admins_login(owner):
    redirect, button, superuser, office, each = pages.blocks("how-to/admin-login.md")
    owner.follow(redirect)
    owner.follow(office)
    owner.make_database()
    owner.follow(superuser)
    owner.check()
    owner.start()
    visitor, page = owner.sign_in("carol", "/office/")
    assert (page.status, page.url) == (200, f"{owner.base_url}/office/")
    visitor.sign_out("/admin/")
    assert visitor.open("/admin/").form(having="person"), "the provider's session is still there"
    keeper = owner.visitor(owner.base_url)
    form = keeper.open("/admin/login/?local=1").form(having="password")
    page = keeper.browser.submit(form, username="keykeeper", password="correct-horse-battery")
    assert (page.status, page.url) == (200, f"{owner.base_url}/admin/")
    nora, page = owner.sign_in("nora", "/admin/")
    assert (page.status, page.url) == (403, f"{owner.base_url}/admin/login/?next=/admin/")
    for block in (button, each):
        owner.follow(block)
        owner.terminal("third").run("python manage.py check --fail-level WARNING", seconds=120)


def test_the_admins_login_with_a_button(owner):
    _redirect, button, *_ = pages.blocks("how-to/admin-login.md")
    owner.follow(button)
    owner.start()
    visitor = owner.visitor(owner.base_url)
    page = visitor.open("/admin/")
    assert page.form(having="password")
    (link,) = [link for link in page.links if "the brewery" in link.text]
    page = visitor.choose("carol", visitor.browser.get(link.url))
    assert (page.status, page.url) == (200, f"{owner.base_url}/admin/")


def test_single_sign_out(owner):
    for block in pages.blocks("how-to/single-sign-out.md"):
        owner.follow(block)
    owner.add("brewery/settings.py", 'TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]')
    pages_of_our_own = """
from django.http import HttpResponse
from django.shortcuts import render

urlpatterns += [
    path("form/", lambda request: render(request, "sign_out.html")),
    path("goodbye/", lambda request: HttpResponse("goodbye")),
]
"""
    owner.add("brewery/urls.py", pages_of_our_own)
    owner.check()
    owner.start()
    visitor, _ = owner.sign_in("carol", "/form/")
    assert visitor.open("/admin/").status == 200
    page = visitor.sign_out("/form/")
    assert page.url == f"{owner.base_url}/goodbye/"
    assert f"{owner.base_url}/oidc/logged-out/" in " ".join(page.trail)
    assert visitor.open("/admin/").form(having="person"), "the provider's session is still there"


def test_single_sign_out_from_the_provider(owner):
    """Where the page says that the site listens, and what it says that each engine does."""
    page = "how-to/single-sign-out.md"
    ways, knobs, *_ = pages.tables(page)
    rows = {row["way"]: row["address"].strip("`") for row in ways}
    in_the_console = {row["field"].strip("*"): row["value"].strip("`") for row in knobs}
    assert in_the_console["Backchannel logout URL"] == rows["back-channel"]
    here = {way: address.replace("https://beer.example.com", owner.base_url) for way, address in rows.items()}
    owner.start()
    owner.tell_provider("backchannel-logout-uri", uri=here["back-channel"])
    leaving, _ = owner.sign_in("adam")
    staying, _ = owner.sign_in("chris")
    (ended,) = owner.tell_provider("sign-out", person="adam")["sessions"]
    assert ended["status"] == 200
    assert leaving.open("/admin/").form(having="person")
    assert staying.open("/admin/").status == 200
    refused = staying.open(urlsplit(here["front-channel"]).path)
    assert refused.status == 400 and "parameter_missing" in refused.text


def test_second_factor(owner):
    page = "how-to/second-factor.md"
    fresh, always, factor, essential = pages.blocks(page)
    (table,) = pages.tables(page)
    assert len(table) == 4
    for block in (fresh, always, factor, essential):
        owner.follow(block)
        owner.check()
    # What the provider itself refuses is not what the page's table is about.
    owner.add("brewery/settings.py", 'RELYANT["PROVIDERS"]["keycloak"].pop("CLAIMS")')
    owner.start()
    visitor, refused = owner.sign_in("carol")
    assert refused.status == 403 and "invalid_token.acr_mismatch" in refused.text
    again = visitor.browser.get(refused.link("Sign in again"))
    assert "prompt=login" in again.url and again.form(having="person")


def test_step_up(owner):
    views, urls, _names = pages.blocks("how-to/step-up.md")
    for block in (views, urls):
        owner.follow(block)
    owner.check()
    owner.start()
    visitor, page = owner.sign_in("adam", "/till/")
    assert page.text.strip() == "The till is open, adam."
    refused = visitor.choose("adam", visitor.open("/safe/"))
    assert refused.status == 403 and "invalid_token.acr_mismatch" in refused.text
    owner.set_person("adam", acr=["gold"])
    page = visitor.choose("adam", visitor.open("/safe/"))
    assert page.text.strip() == "The safe is open."
    assert visitor.open("/recipe/").text.strip() == "Water, malt, hops, yeast."
    assert visitor.open("/ledger/").text.strip() == "Nobody owes anything."


def test_step_up_in_the_admin(owner):
    *_views, names = pages.blocks("how-to/step-up.md")
    owner.follow(names)
    owner.check()
    owner.start()
    owner.set_person("adam", acr=["gold"])
    visitor, page = owner.sign_in("adam", "/admin/")
    assert "acr_values=gold" in page.url, "the admin asks once more"
    page = visitor.choose("adam", page)
    assert (page.status, page.url) == (200, f"{owner.base_url}/admin/")


def test_authorization_request(owner):
    language, claims, by_form, home = pages.blocks("how-to/authorization-request.md")
    for block in (language, claims, by_form):
        owner.follow(block)
    owner.check()
    owner.start()
    visitor = owner.visitor(owner.base_url)
    begins = owner.change(home.text).partition("?")[0].replace("https://beer.example.com", owner.base_url)
    issuer = f"http://127.0.0.1:{owner.provider_port}/realms/brewery"
    page = visitor.open(f"{begins.removeprefix(owner.base_url)}?iss={issuer}&target_link_uri=/admin/")
    for parameter in (
        "ui_locales=en",
        "kc_idp_hint=corporate",
        "claims=",
        "resource=",
        "response_mode=form_post",
    ):
        assert parameter in page.url
    answer = visitor.choose("carol", page)
    answer = visitor.browser.submit(answer.form(to="/oidc/callback/keycloak/"))
    assert (answer.status, answer.url) == (200, f"{owner.base_url}/admin/")


def test_private_key(owner):
    """The development provider stands in for Keycloak: it reads the keys from the site, too."""
    make, made, settings, show, doctor, rotate, rotated = pages.blocks("how-to/private-key.md")
    for block in (make, made, settings, rotate, rotated):
        owner.follow(block)
    owner.add("brewery/settings.py", 'RELYANT["BASE_URL"] = "http://127.0.0.1:8000"')
    owner.check()
    published = json.loads(owner.run(show.text))["keys"]
    assert [(key["use"], "d" in key) for key in published] == [("sig", False), ("sig", False)]
    owner.start()
    assert owner.sign_in("carol")[1].status == 200
    report = owner.terminal("third").run(doctor.text, seconds=120)
    assert "client authentication: private_key_jwt" in report


def test_encryption(owner):
    make, settings, insist, rotate = pages.blocks("how-to/encryption.md")
    for block in (make, settings, rotate):
        owner.follow(block)
    owner.check()
    published = json.loads(owner.run("python manage.py relyant_keys show beer-keys.json --json"))["keys"]
    assert [key["use"] for key in published] == ["enc", "enc"]
    owner.follow(insist)
    owner.check()
    owner.start()
    # The development provider encrypts nothing.
    _, refused = owner.sign_in("carol")
    assert "invalid_token.not_encrypted" in refused.text


def test_test_your_project(owner):
    for block in pages.blocks("how-to/test-your-project.md"):
        owner.follow(block)
    assert "[[person]]" in (owner.project / "people.toml").read_text()


def test_from_admin_sso(owner):
    for block in pages.blocks("how-to/from-admin-sso.md"):
        owner.follow(block)
    owner.check()
