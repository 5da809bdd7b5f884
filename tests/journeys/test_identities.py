"""A signed-in user links a provider and unlinks it, on a page of her own; nobody else can make her do it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from relyant.models import Event, LinkedIdentity

PAGE = "/oidc/identities/"
OTHER_ISSUER = "https://login.pub.example"

pytestmark = pytest.mark.django_db


@pytest.fixture
def hops():
    """Somebody with a password of this site."""
    return User.objects.create_user("hops", password="local")


@pytest.fixture
def browser(hops):
    """Her browser; its forms need their CSRF token."""
    made = Client(enforce_csrf_checks=True)
    made.force_login(hops)
    return made


def post(browser, *, page=PAGE, **fields):
    """Send a form of a page, with what is hidden in it."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(page).content.decode())
    return browser.post(PAGE, {"csrfmiddlewaretoken": token[1], **fields})


def begin(browser):
    """Press the button: where the browser is sent to."""
    answer = post(browser, provider="keycloak")
    assert answer.status_code == 303
    return answer["Location"]


def come_back(browser, provider, person="carol"):
    """Go to the provider and back, to the page that asks."""
    return browser.get(provider.callback(begin(browser), person))


def confirm(browser, answer):
    page = answer["Location"]
    provider, state = re.fullmatch(re.escape(PAGE) + r"\?provider=(\w+)&state=([\w-]+)", page).groups()
    return post(browser, page=page, provider=provider, state=state)


def code(answer):
    return re.search(r"/oidc/codes/([\w.]+)/", answer.content.decode())[1]


def test_she_links_a_provider_and_signs_in_by_it_from_then_on(browser, hops, relyant_provider):
    answer = come_back(browser, relyant_provider)
    assert answer.status_code == 302
    assert not LinkedIdentity.objects.exists()
    question = browser.get(answer["Location"]).content.decode()
    assert "<strong>carol</strong>" in question and "<strong>hops</strong>" in question
    done = confirm(browser, answer)
    assert (done.status_code, done["Location"]) == (303, PAGE)
    linked = LinkedIdentity.objects.get()
    assert (linked.user, linked.issuer) == (hops, relyant_provider.issuer)
    assert Event.objects.get(kind="linked").actor == hops
    shown = browser.get(PAGE).content.decode()
    assert "Unlink Keycloak" in shown and "Link a sign-in service" not in shown
    assert "_auth_user_id" in browser.session
    other = Client()
    assert relyant_provider.sign_in(other, "carol").status_code == 302
    assert other.get(PAGE).wsgi_request.user == hops


def test_a_page_of_hers_asks_an_anonymous_visitor_to_sign_in(client):
    assert client.get(PAGE)["Location"] == "/oidc/login/?next=%2Foidc%2Fidentities%2F"
    assert client.post(PAGE, {"provider": "keycloak"})["Location"].startswith("/oidc/login/?next=")


# AR-01
@pytest.mark.parametrize("fields", [{"provider": "keycloak"}, {"unlink": "1"}])
def test_no_other_site_begins_it_or_unlinks_anything(browser, hops, fields):
    LinkedIdentity.objects.create(pk=1, user=hops, issuer="x", subject="1", last_login_at=timezone.now())
    assert browser.post(PAGE, fields).status_code == 403
    assert LinkedIdentity.objects.count() == 1


# AR-01
def test_a_callback_that_somebody_else_began_links_nothing(browser, relyant_provider):
    """Her browser has no record of it: the link that he sends her leads nowhere."""
    mallory = Client()
    mallory.force_login(User.objects.create_user("mallory"))
    his = relyant_provider.callback(begin(mallory), "chris")
    answer = browser.get(his)
    assert (answer.status_code, code(answer)) == (400, "transaction.not_found")
    assert not LinkedIdentity.objects.exists()


# AR-01
def test_no_question_is_answered_but_that_of_this_browser(browser, relyant_provider):
    """The page's address tells nothing: the sealed record is in the browser that came back."""
    mallory = Client()
    mallory.force_login(User.objects.create_user("mallory"))
    his = come_back(mallory, relyant_provider, "chris")
    answer = browser.get(his["Location"])
    assert (answer.status_code, code(answer)) == (400, "transaction.not_found")


# AR-01
@pytest.mark.parametrize("now", ["another", "nobody", "herself again"])
@pytest.mark.parametrize("when", ["at the provider", "at the question"])
def test_who_is_signed_in_now_must_be_who_began_it(browser, hops, relyant_provider, when, now):
    address = begin(browser)
    callback = relyant_provider.callback(address, "carol")
    answer = browser.get(callback) if when == "at the question" else None
    kept = browser.cookies.copy()
    browser.logout()
    browser.cookies.update({name: one for name, one in kept.items() if name.startswith("relyant-")})
    if now == "another":
        browser.force_login(User.objects.create_user("mallory"))
    elif now == "herself again":
        browser.force_login(hops)
    answer = browser.get(answer["Location"] if answer else callback)
    if now == "nobody" and when == "at the question":
        assert answer["Location"].startswith("/oidc/login/?next=")
    else:
        assert (answer.status_code, code(answer)) == (400, "transaction.other_user")
    assert not LinkedIdentity.objects.exists()


def test_the_back_button_leads_to_the_question_and_after_it_to_nothing(browser, relyant_provider):
    callback = relyant_provider.callback(begin(browser), "carol")
    answer = browser.get(callback)
    assert browser.get(callback)["Location"] == answer["Location"]
    confirm(browser, answer)
    assert code(browser.get(answer["Location"])) == "transaction.not_found"
    assert code(browser.get(callback)) == "transaction.not_found"
    assert LinkedIdentity.objects.count() == 1


# ID-17
def test_an_identity_of_another_user_is_not_taken(browser, hops, relyant_provider):
    relyant_provider.sign_in(Client(), "carol")
    answer = confirm(browser, come_back(browser, relyant_provider))
    assert (answer.status_code, code(answer)) == (403, "account.identity_linked_elsewhere")
    assert f'href="{PAGE}"' in answer.content.decode()
    assert LinkedIdentity.objects.get().user != hops


def test_whom_the_policy_would_refuse_is_not_linked(browser, configure, relyant_provider):
    configure({"PROVIDERS.keycloak.POLICY": {"ALLOW": ["admins"]}})
    answer = come_back(browser, relyant_provider)
    assert (answer.status_code, code(answer)) == (403, "decision.not_allowed")
    assert not LinkedIdentity.objects.exists()


def test_a_provider_that_does_not_answer_is_told_on_a_page(browser, configure):
    answer = post(browser, provider="keycloak")
    assert (answer.status_code, code(answer)) == (503, "unavailable.connect")
    assert code(post(browser, provider="other")) == "transaction.unknown_provider"


def test_an_answer_that_does_not_hold_links_nothing(browser, relyant_provider):
    address = begin(browser)
    relyant_provider.misbehave("wrong-nonce")
    answer = browser.get(relyant_provider.callback(address, "carol"))
    assert (answer.status_code, code(answer)) == (502, "invalid_token.nonce_mismatch")
    assert not LinkedIdentity.objects.exists()


def test_she_unlinks_her_own_and_nobody_elses(browser, hops):
    mallory = User.objects.create_user("mallory")
    hers, his = (
        LinkedIdentity.objects.create(
            user=user, issuer="x", subject=user.username, last_login_at=timezone.now()
        )
        for user in (hops, mallory)
    )
    for pk in (his.pk, "", "x", "9" * 99, hers.pk, hers.pk):
        answer = post(browser, unlink=pk)
        assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert LinkedIdentity.objects.get() == his


def test_her_only_way_in_has_no_button_and_is_kept(client, relyant_provider):
    relyant_provider.sign_in(client, "carol")
    assert "Unlink" not in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {"unlink": LinkedIdentity.objects.get().pk})
    assert (answer.status_code, code(answer)) == (403, "account.last_way_in")
    assert LinkedIdentity.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"SESSION_COOKIE_SAMESITE": "Strict"}},
        {"provider": {"RESPONSE_MODE": "form_post"}, "relyant": {"BASE_URL": "http://localhost"}},
    ],
)
def test_it_works_where_the_browser_withholds_the_session(
    browser, hops, settings, configure, relyant_provider, changes
):
    """The callback comes from another site; the question is asked for by this one."""
    for name, value in changes.get("settings", {}).items():
        setattr(settings, name, value)
    configure(changes.get("relyant", {}))
    configure({f"PROVIDERS.keycloak.{name}": value for name, value in changes.get("provider", {}).items()})
    address = begin(browser)
    session = browser.cookies.pop("sessionid")
    if "provider" in changes:
        path, body = relyant_provider.form_post(address, "carol")
        answer = browser.post(path, body, content_type="application/x-www-form-urlencoded")
        page = answer["Location"]
    else:
        answer = browser.get(relyant_provider.callback(address, "carol"))
        page = re.search(r'href="(/oidc/identities/[^"]+)"', answer.content.decode())[1].replace("&amp;", "&")
    browser.cookies["sessionid"] = session.value
    assert confirm(browser, {"Location": page}).status_code == 303
    assert LinkedIdentity.objects.get().user == hops


# AR-24
def test_what_a_form_calls_a_provider_stays_on_its_log_line(browser, caplog):
    forged = "x\nERROR login refused: nobody\x1b[2J" + "x" * 5000
    browser.get(PAGE, {"provider": forged, "state": "x"})
    post(browser, provider=forged, state="x")
    post(browser, provider=forged)
    lines = [one.getMessage() for one in caplog.records if one.name == "relyant"]
    assert len(lines) == 3 and all(line.isprintable() for line in lines)
    assert not any("x" * 200 in line.partition("): ")[0] for line in lines)
