"""A form that comes too late for its session: nothing is lost, and nobody else sends it."""

from __future__ import annotations

import html
import re
import time
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import clear_script_prefix, reverse, set_script_prefix
from django.utils.datastructures import MultiValueDict

from relyant import transactions
from relyant.flows import kept_form, resend

BROWSER = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_ACCEPT": "text/html"}
ADD = "/admin/beers/beer/add/"
RESEND = "/oidc/resend/"
FIELDS = {"name": ["Zwickl Ä “dunkel” <b>\r\nzweite Zeile"], "tag": ["a", "", "ß", "a"], "_save": ["Save"]}


@pytest.fixture(autouse=True)
def site(db, settings):
    """With users of its own, too."""
    own = "django.contrib.auth.backends.ModelBackend"
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, own]


@pytest.fixture
def boss():
    return User.objects.create_superuser("boss", password="boss")


class Form(HTMLParser):
    """The first form of a page: where it goes, how, and its fields in their order."""

    def __init__(self, response):
        super().__init__()
        self.action, self.encoding, self.fields, self.kinds = None, None, [], {}
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form" and self.action is None:
            self.action, self.encoding = given["action"], given.get("enctype")
        if tag == "input" and "name" in given:
            self.fields.append((given["name"], given.get("value", "")))
            self.kinds[given["name"]] = given["type"]

    @property
    def lists(self):
        lists = MultiValueDict()
        for name, value in self.fields:
            lists.appendlist(name, value)
        return dict(lists.lists())


class Browser(Client):
    """A browser that shows pages, with a CSRF token that Django checks."""

    def __init__(self):
        super().__init__(enforce_csrf_checks=True, **BROWSER)

    def sign_in(self, user):
        """As in another tab: the session and the CSRF token are new."""
        self.force_login(user, "django.contrib.auth.backends.ModelBackend")
        self.cookies.pop("csrftoken", None)

    def token(self):
        """That of any form of the site: they all go with one cookie."""
        return Form(self.get("/admin/login/?local=1")).lists["csrfmiddlewaretoken"][0]

    def send(self, path=ADD, fields=FIELDS, **how):
        return self.post(path, {**fields, "csrfmiddlewaretoken": self.token()}, **how)

    def lose_session(self):
        """Its row goes, as at a back-channel logout."""
        self.session.delete()


@pytest.fixture
def browser(boss):
    made = Browser()
    made.sign_in(boss)
    return made


@pytest.fixture
def kept(browser):
    """The page that keeps a form of the admin's, after the session's end."""
    browser.lose_session()
    return browser.send()


def sealed_of(response):
    return Form(response).lists["sealed"][0]


def test_nothing_is_lost_and_it_arrives_as_it_was(browser, boss, kept):
    assert kept.status_code == 401
    assert "Your session has ended" in kept.content.decode()
    assert Form(kept).action == RESEND

    browser.sign_in(boss)
    again = browser.post(RESEND, {"sealed": sealed_of(kept)})
    assert again.status_code == 200
    form = Form(again)
    assert form.action == ADD
    token = form.lists["csrfmiddlewaretoken"]
    assert form.lists == {**FIELDS, "csrfmiddlewaretoken": token}
    assert browser.post(form.action, form.lists).status_code == 302


def test_the_link_signs_in_in_another_tab_and_ends_where_it_says_go_back(browser, boss, kept):
    link = re.search(
        r'<a class="button" href="([^"]*)" target="_blank" rel="noopener">', kept.content.decode()
    )
    assert html.unescape(link[1]) == "/admin/login/?next=%2Foidc%2Fresend%2F"
    asked = browser.get(html.unescape(link[1]))
    assert asked["Location"] == "/oidc/login/?next=%2Foidc%2Fresend%2F"
    browser.sign_in(boss)
    assert "Go back to the tab that has your form" in browser.get(RESEND).content.decode()


def test_who_is_not_signed_in_yet_loses_nothing_either(browser, boss, kept):
    not_yet = browser.post(RESEND, {"sealed": sealed_of(kept)})
    assert not_yet.status_code == 401
    assert "You are not signed in yet" in not_yet.content.decode()
    assert sealed_of(not_yet) == sealed_of(kept)
    browser.sign_in(boss)
    assert Form(browser.post(RESEND, {"sealed": sealed_of(not_yet)})).action == ADD


@pytest.mark.parametrize("header", ["Location", "Access-Control-Allow-Origin"])
def test_the_page_is_no_caches_and_no_other_sites(kept, header):
    assert "no-store" in kept["Cache-Control"]
    assert kept["X-Frame-Options"] == "DENY"
    assert kept["Referrer-Policy"] == "same-origin"
    assert header not in kept


# Attacks: each by a browser that has the sealed text.


def test_another_user_does_not_see_it(rf, browser, boss):
    """Where the gate knows whose session has ended."""
    request = rf.post(ADD, {"name": "hers"})
    request.csrf_processing_done, request.user = True, boss
    page = resend.page(request, user=boss)
    for name, morsel in page.cookies.items():
        browser.cookies[name] = morsel.value

    browser.sign_in(User.objects.create_superuser("other", password="other"))
    refused = browser.post(RESEND, {"sealed": sealed_of(page)})
    assert "somebody else" in refused.content.decode() and "hers" not in refused.content.decode()

    browser.sign_in(boss)
    assert Form(browser.post(RESEND, {"sealed": sealed_of(refused)})).lists["name"] == ["hers"]


def test_another_browser_cannot_open_it(boss, kept):
    stranger = Browser()
    stranger.sign_in(boss)
    assert_is_lost(stranger.post(RESEND, {"sealed": sealed_of(kept)}))


def test_another_browser_with_a_form_of_its_own_cannot_open_it(boss, kept):
    stranger = Browser()
    stranger.sign_in(boss)
    stranger.lose_session()
    stranger.send()
    stranger.sign_in(boss)
    assert_is_lost(stranger.post(RESEND, {"sealed": sealed_of(kept)}))


def test_another_site_cannot_post_it(browser, boss, kept):
    """Of its form a browser withholds the cookie, which is `Lax`, and not for scripts."""
    mark = next(morsel for name, morsel in kept.cookies.items() if name.startswith("relyant-"))
    assert (mark["samesite"], mark["httponly"], mark["path"]) == ("Lax", True, "/")
    browser.sign_in(boss)
    del browser.cookies[mark.key]
    assert_is_lost(browser.post(RESEND, {"sealed": sealed_of(kept)}))


def test_it_goes_nowhere_else(browser, boss, kept):
    """The address is under the seal: what stands beside it counts for nothing."""
    browser.sign_in(boss)
    sealed = sealed_of(kept)
    moved = browser.post(
        f"{RESEND}?target=/elsewhere/&next=https://evil.example/", {"sealed": sealed, "target": "/elsewhere/"}
    )
    assert Form(moved).action == ADD
    for changed in (sealed[:-1], sealed + "A", sealed[1:], sealed[:80] + "AAAA" + sealed[84:], "", "é"):
        assert_is_lost(browser.post(RESEND, {"sealed": changed}))


# AR-11
@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example/", "/%5cevil.example/", "/ok/?next=//evil"]
)
def test_no_address_of_a_form_leads_to_another_site(rf, path):
    request = rf.post("/", {"a": "b"})
    request.path = path.partition("?")[0]
    request.META["QUERY_STRING"] = path.partition("?")[2]
    request.csrf_processing_done = True
    target = kept_form.of(request, None).target
    assert target.startswith("/") and not target.startswith(("//", "/\\"))


def test_a_seal_of_another_purpose_is_none(rf, browser, boss, kept):
    """What sessions or cookies hold doesn't open here, nor the other way round."""
    browser.sign_in(boss)
    for morsel in list(browser.cookies.values()):
        assert_is_lost(browser.post(RESEND, {"sealed": morsel.value.rpartition(".")[2]}))


def test_it_may_be_shown_twice_since_nothing_happens_by_it(browser, boss, kept):
    """A replay shows the same form to the same person. It is sent by her click alone, with Django's token."""
    browser.sign_in(boss)
    for _ in range(2):
        assert Form(browser.post(RESEND, {"sealed": sealed_of(kept)})).action == ADD
    assert browser.post(ADD, FIELDS).status_code == 403


def test_after_an_hour_it_does_not_open(browser, boss, kept, monkeypatch):
    browser.sign_in(boss)
    later = time.time() + 3601
    monkeypatch.setattr("time.time", lambda: later)
    assert_is_lost(browser.post(RESEND, {"sealed": sealed_of(kept)}))


def assert_is_lost(response):
    assert response.status_code == 400
    assert "This form can't be sent from here" in html.unescape(response.content.decode())
    assert "Zwickl" not in response.content.decode()


# What is never sealed.


def test_a_form_without_a_csrf_token_is_not_kept(browser):
    browser.lose_session()
    assert browser.post(ADD, FIELDS).status_code == 403


def test_what_csrf_exempt_lets_through_is_not_kept(rf, browser):
    """It may be another site's: the mark of Django's check is missing."""
    request = rf.post("/hook/", {"a": "b"})
    page = resend.page(request)
    assert "sealed" not in page.content.decode()
    assert "Back button" in page.content.decode()
    assert not page.cookies


@pytest.mark.parametrize("path", ["/admin/login/", "/oidc/login/"])
def test_the_form_of_a_login_is_not_kept(rf, path):
    request = rf.post(path, {"username": "carol", "password": "secret"})
    request.csrf_processing_done = True
    page = resend.page(request)
    assert "sealed" not in page.content.decode()


def test_passwords_are_entered_once_more(browser, boss):
    browser.lose_session()
    kept = browser.send(
        "/admin/auth/user/add/", {"username": "x", "password1": "p", "passwd": "", "Passphrase": "q"}
    )
    assert "Passwords are not kept" in kept.content.decode()
    browser.sign_in(boss)
    form = Form(browser.post(RESEND, {"sealed": sealed_of(kept)}))
    assert form.kinds["password1"] == form.kinds["Passphrase"] == "password"
    assert form.lists["password1"] == form.lists["Passphrase"] == [""]
    assert (form.kinds["passwd"], form.lists["username"]) == ("hidden", ["x"])


def test_files_are_chosen_once_more(browser, boss):
    browser.lose_session()
    label = SimpleUploadedFile("Etikett ß.png", b"PNG")
    kept = browser.send(fields={"name": ["Helles"], "label": label})
    assert "Files can" in kept.content.decode()
    browser.sign_in(boss)
    again = browser.post(RESEND, {"sealed": sealed_of(kept)})
    form = Form(again)
    assert (form.kinds["label"], form.encoding) == ("file", "multipart/form-data")
    assert "Etikett ß.png" in again.content.decode()


@pytest.mark.parametrize("limit", [None, 2_621_440, 20_000])
def test_what_is_kept_also_comes_back(browser, boss, settings, limit):
    """Just short of the bound, which heeds how much Django takes; beyond it the page says what to do."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = limit
    room = kept_form._max_bytes() - 300
    browser.lose_session()
    kept = browser.send(fields={"name": ["x" * room]})
    browser.sign_in(boss)
    assert Form(browser.post(RESEND, {"sealed": sealed_of(kept)})).lists["name"] == ["x" * room]

    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    browser.lose_session()
    too_long = browser.send(fields={"name": ["x" * kept_form.MAX_BYTES]})
    assert too_long.status_code == 401
    assert "more than this page can keep" in too_long.content.decode()
    assert "sealed" not in too_long.content.decode()


# Where the page goes out, and where not.


def test_a_script_gets_no_page(browser):
    browser.lose_session()
    response = browser.send(HTTP_SEC_FETCH_MODE="cors")
    assert (response.status_code, response["Location"]) == (302, f"/admin/login/?next={ADD}")


def test_who_never_had_a_session_keeps_her_form_too(boss):
    stranger = Browser()
    response = stranger.send()
    assert response.status_code == 401
    assert "You are not signed in" in response.content.decode()
    assert "Your session has ended" not in response.content.decode()
    stranger.sign_in(boss)
    assert Form(stranger.post(RESEND, {"sealed": sealed_of(response)})).action == ADD


def test_a_button_of_a_stranger_has_nothing_to_lose():
    assert Browser().send(fields={}).status_code == 302


def test_a_button_of_hers_is_kept(browser, boss):
    browser.lose_session()
    response = browser.send(fields={})
    assert response.status_code == 401
    browser.sign_in(boss)
    form = Form(browser.post(RESEND, {"sealed": sealed_of(response)}))
    assert (form.action, list(form.lists)) == (ADD, ["csrfmiddlewaretoken"])


@pytest.mark.parametrize(
    ("location", "led_on"),
    [
        ("/oidc/login/?next=/form/%3Fa%3Db", "/oidc/login/?next=%2Foidc%2Fresend%2F"),
        ("/admin/login/?next=/form/%3Fa%3Db", "/admin/login/?next=%2Foidc%2Fresend%2F"),
        # LOGIN_URL
        ("/oidc/login/?how=x&next=/form/%3Fa%3Db", "/oidc/login/?how=x&next=%2Foidc%2Fresend%2F"),
        (
            "http://testserver/oidc/login/?back=http://testserver/form/%3Fa%3Db",
            "http://testserver/oidc/login/?back=http%3A%2F%2Ftestserver%2Foidc%2Fresend%2F",
        ),
        # After a logout or a sign-up, say: nobody is asked to sign in for this page's sake.
        ("/oidc/login/", None),
        ("/oidc/login/?next=/other/", None),
        ("/oidc/login/?next=/form/", None),
        ("/thanks/?next=/form/%3Fa%3Db", None),
        ("https://evil.example/admin/login/?next=/form/%3Fa%3Db", None),
        ("https://elsewhere.example/login/?next=http://testserver/form/%3Fa%3Db", None),
    ],
)
def test_which_redirect_is_to_a_login(rf, location, led_on):
    request = rf.post("/form/?a=b", {"name": "x"})
    assert resend._leading_on(request, location) == led_on


def test_below_a_prefix_a_login_is_one_too(rf, settings):
    settings.LOGIN_URL = "/accounts/login/"
    set_script_prefix("/brewery/")
    try:
        request = rf.post("/form/", {"name": "x"}, SCRIPT_NAME="/brewery")
        led_on = resend._leading_on(request, "/brewery/admin/login/?next=/brewery/form/")
    finally:
        clear_script_prefix()
    assert led_on == "/brewery/admin/login/?next=%2Fbrewery%2Foidc%2Fresend%2F"


def test_an_address_of_other_letters_is_known_again(rf):
    request = rf.post("/bière/?q=ß", {"name": "x"})
    location = redirect_to_login(request.get_full_path(), "/oidc/login/")["Location"]
    assert resend._leading_on(request, location) == "/oidc/login/?next=%2Foidc%2Fresend%2F"


def test_a_login_elsewhere_is_one_where_the_setting_says_so(rf, settings):
    settings.LOGIN_URL = "https://elsewhere.example/login/"
    request = rf.post("/form/", {"name": "x"})
    location = "https://elsewhere.example/login/?next=http://testserver/form/"
    expected = "https://elsewhere.example/login/?next=http%3A%2F%2Ftestserver%2Foidc%2Fresend%2F"
    assert resend._leading_on(request, location) == expected


def test_the_cookies_of_the_redirect_go_out_too(rf):
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpResponseRedirect

    request = rf.post("/form/", {"name": "x"}, **BROWSER)
    request.csrf_processing_done, request.user = True, AnonymousUser()
    response = HttpResponseRedirect(f"/oidc/login/?next={request.path}")
    response.set_cookie("flash", "hello")
    kept = resend.instead_of(request, response)
    assert kept.status_code == 401 and kept.cookies["flash"].value == "hello"


def test_other_answers_are_left_alone(rf, boss):
    request = rf.post("/form/", {"name": "x"}, **BROWSER)
    request.csrf_processing_done, request.user = True, boss
    redirect = HttpResponse(status=302)
    redirect["Location"] = "/oidc/login/?next=/form/"
    for response in (HttpResponse("ok"), redirect):
        assert resend.instead_of(request, response) is response


@pytest.mark.parametrize(
    "name", ["password", "new_password1", "Passwort", "passwd", "pwd2", "pass", "PassPhrase"]
)
def test_a_password_is_known_by_its_name(name):
    assert kept_form._is_password(name, "secret") and not kept_form._is_password(name, "")


@pytest.mark.parametrize("name", ["passenger", "bypass", "compass", "name", "_save"])
def test_other_fields_are_not_taken_for_one(name):
    assert not kept_form._is_password(name, "secret")


@pytest.mark.django_db(transaction=True)
def test_an_asynchronous_stack_keeps_a_form_too(boss):
    async def ask():
        form = urlencode(FIELDS, doseq=True)
        return await AsyncClient().post(ADD, form, content_type="application/x-www-form-urlencoded")

    response = async_to_sync(ask)()
    assert response.status_code == 401
    assert Form(response).action == RESEND


def test_its_own_page_asks_a_stranger_to_sign_in():
    page = Browser().get(RESEND)
    assert f'href="/oidc/login/?next={RESEND.replace("/", "%2F")}"' in page.content.decode()


def test_two_tabs_of_a_browser_keep_a_form_each(browser, boss):
    browser.lose_session()
    first, second = browser.send(fields={"name": ["one"]}), browser.send(fields={"name": ["two"]})
    browser.sign_in(boss)
    names = [
        Form(browser.post(RESEND, {"sealed": sealed_of(page)})).lists["name"] for page in (second, first)
    ]
    assert names == [["two"], ["one"]]


def test_the_seal_shows_nothing_of_the_form(kept):
    page = kept.content.decode()
    assert "Zwickl" not in page and reverse("admin:beers_beer_add") not in page
    assert transactions.MARKED_SECONDS == kept_form.LIFETIME_SECONDS
