"""A session goes on as long as its provider says so: renewals by the refresh token, and what ends it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.utils import timezone

from relyant import register, signals
from relyant.models import EndedBy, Event, UserSession
from tests.journeys.aging import (
    ENGINES,
    change_record,
    let_claims_lapse,
    let_renewal_be_due,
    record_of,
    use_engine,
    visit_by_asgi,
)
from tests.journeys.conftest import misbehave, signed_in

SCRIPT = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def carol(browser, relyant_provider):
    """A browser in which carol is signed in, and a provider that counts from now on."""
    relyant_provider.sign_in(browser, "carol")
    return browser


@pytest.fixture
def asked(relyant_provider):
    """How often the provider was asked for tokens since the fixture was made, or was called last."""
    before = [relyant_provider.requests().get("token", 0)]

    def count():
        now = relyant_provider.requests().get("token", 0)
        before[0], news = now, now - before[0]
        return news

    return count


def words(response):
    return response.content.decode()


@pytest.mark.parametrize("keep", ["session", "table"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_is_renewed_once_its_access_token_ages(
    browser, site, relyant_provider, tmp_path, engine, keep
):
    use_engine(site, engine, tmp_path)
    site.RELYANT = {**site.RELYANT, "KEEP_TOKENS": keep}
    relyant_provider.sign_in(browser, "carol")
    asked = relyant_provider.requests()["token"]
    assert signed_in(browser) == "carol"
    assert relyant_provider.requests()["token"] == asked
    for times in (1, 2):
        let_renewal_be_due(browser)
        assert signed_in(browser) == "carol" == signed_in(browser)
        assert relyant_provider.requests()["token"] == asked + times
        record, row = record_of(browser), UserSession.objects.get()
        assert record["generation"] == row.generation == 2 * times
        assert record["renew_at"] > time.time() + 200
        assert (row.claimed_until, row.failing_since) == (None, None)
    assert row.checked_at > row.signed_in_at


def visit(browser, path, *, asynchronous=False, **extra):
    """Ask for a page, by WSGI's way or by ASGI's."""
    return visit_by_asgi(browser, path, **extra) if asynchronous else browser.get(path, **extra)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.django_db(transaction=True)
def test_rights_follow_in_the_same_request(client, relyant_provider, asynchronous):
    relyant_provider.sign_in(client, "carol")
    assert client.get("/admin/").status_code == 302
    relyant_provider.set_roles("carol", ["creators"])
    let_renewal_be_due(client)
    assert visit(client, "/admin/", asynchronous=asynchronous).status_code == 200
    relyant_provider.set_roles("carol", ["customers"])
    let_renewal_be_due(client)
    assert visit(client, "/admin/", asynchronous=asynchronous).status_code == 302
    assert signed_in(client) == "carol"


def test_permissions_of_the_session_follow_too(browser, site, relyant_provider):
    keycloak = site.RELYANT["PROVIDERS"]["keycloak"]
    policy = {**keycloak["POLICY"], "PERMISSIONS": {"auth.view_group": ["creators"]}}
    site.RELYANT = {**site.RELYANT, "PROVIDERS": {"keycloak": {**keycloak, "POLICY": policy}}}
    relyant_provider.sign_in(browser, "carol")
    assert browser.get("/brewers/").status_code == 302
    relyant_provider.set_roles("carol", ["creators"])
    let_renewal_be_due(browser)
    assert browser.get("/brewers/").status_code == 200
    assert [role.role for role in browser.get("/beers/").wsgi_request.relyant.sign_in.roles] == ["creators"]


def test_the_last_superuser_stays_one(browser, relyant_provider):
    relyant_provider.sign_in(browser, "adam")
    relyant_provider.set_roles("adam", ["creators"])
    let_renewal_be_due(browser)
    assert browser.get("/admin/").status_code == 200
    assert User.objects.get().is_superuser


# SE-02
def test_whom_the_policy_refuses_meets_the_reasons_and_is_out(carol, relyant_provider):
    relyant_provider.set_roles("carol", ["visitors"])
    let_renewal_be_due(carol)
    page = carol.get("/beers/")
    assert page.status_code == 403
    assert "decision.not_allowed" in words(page) and "visitors" in words(page)
    assert "customers" in words(page) and "/oidc/login/?next=%2Fbeers%2F&amp;provider=keycloak" in words(page)
    assert UserSession.objects.get().ended_by == "decision"
    assert not User.objects.get().groups.exists()
    assert signed_in(carol) is None


# SE-02
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.django_db(transaction=True)
def test_who_is_disabled_at_the_provider_is_out(
    client, site, relyant_provider, tmp_path, engine, asynchronous
):
    use_engine(site, engine, tmp_path)
    relyant_provider.sign_in(client, "carol")
    ended = []
    signals.session_ended.connect(lambda by, user, **_: ended.append((by, user.username)), weak=False)
    relyant_provider.set_disabled("carol")
    let_renewal_be_due(client)
    before = client.cookies["sessionid"].value
    page = visit(client, "/members/?page=2", asynchronous=asynchronous)
    assert page.status_code == 403 and "Your session has ended" in words(page)
    assert "session.refused" in words(page)
    assert "/oidc/login/?next=%2Fmembers%2F%3Fpage%3D2&amp;provider=keycloak" in words(page)
    assert ended == [("refused", "carol")]
    row = UserSession.objects.get()
    assert (row.ended_by, row.state, row.session_key) == ("refused", "", "")
    assert Event.objects.filter(kind="session_ended", user__username="carol").count() == 1
    # The cookie that the browser had is good for nothing, also where the session can't be deleted.
    client.cookies["sessionid"] = before
    page = words(visit(client, "/beers/", asynchronous=asynchronous))
    assert ("session.ended" in page) if engine == "signed_cookies" else (page == "hello stranger")


def test_a_script_is_told_in_json(carol, relyant_provider):
    relyant_provider.set_disabled("carol")
    let_renewal_be_due(carol)
    answer = carol.get("/beers/", HTTP_REFERER="http://testserver/members/", **SCRIPT)
    assert answer.status_code == 401
    told = answer.json()
    assert (told["error"], told["code"]) == ("session_ended", "session.refused")
    assert told["login_url"] == "/oidc/login/?next=%2Fmembers%2F"
    assert signed_in(carol) is None


# SE-02
def test_a_form_is_kept(carol, relyant_provider):
    relyant_provider.set_disabled("carol")
    let_renewal_be_due(carol)
    page = carol.post("/beers/", {"name": "Old Peculiar"})
    assert page.status_code == 401 and 'name="sealed"' in words(page)
    assert signed_in(carol) is None


def test_who_is_deactivated_here_is_out(carol, asked):
    User.objects.update(is_active=False)
    let_renewal_be_due(carol)
    page = carol.get("/beers/")
    assert page.status_code == 403 and "account.inactive" in words(page)
    assert UserSession.objects.get().ended_by == "decision"
    User.objects.update(is_active=True)
    assert signed_in(carol) is None


def test_whose_identity_was_unlinked_gets_no_new_account(carol):
    User.objects.get().linked_identities.all().delete()
    let_renewal_be_due(carol)
    assert "session.ended" in words(carol.get("/beers/"))
    assert User.objects.count() == 1


def test_who_changed_the_password_elsewhere_is_not_renewed(carol, asked):
    user = User.objects.get()
    user.set_password("another one")
    user.save()
    let_renewal_be_due(carol)
    assert (signed_in(carol), asked()) == (None, 0)


# FT-07
@pytest.mark.parametrize("name", ["slow", "dripping", "down", "error-500", "error-503", "token-html"])
def test_a_provider_that_fails_ends_nothing_and_costs_one_page_its_timeout(
    carol, site, relyant_provider, asked, name
):
    misbehave(site, relyant_provider, name if "-html" in name else f"{name}@token")
    let_renewal_be_due(carol)
    assert [signed_in(carol) for _ in range(5)] == ["carol"] * 5
    assert asked() == 1
    row = UserSession.objects.get()
    assert row.failing_since and row.claimed_until > timezone.now()
    assert record_of(carol)["renew_at"] > time.time()
    # After a while it is asked again; this time it answers, unless it had said when.
    relyant_provider.misbehave()
    if name == "error-503":
        return
    let_claims_lapse()
    let_renewal_be_due(carol)
    assert (signed_in(carol), UserSession.objects.get().failing_since) == ("carol", None)


# FT-07
@pytest.mark.parametrize(("hours", "goes_on"), [(23, True), (25, False)])
def test_after_the_grace_it_ends(carol, relyant_provider, hours, goes_on):
    relyant_provider.misbehave("error-500@token")
    UserSession.objects.update(failing_since=timezone.now() - timedelta(hours=hours))
    let_renewal_be_due(carol)
    page = carol.get("/beers/")
    assert ("session.provider_away" not in words(page)) is goes_on
    assert (signed_in(carol) == "carol") is goes_on
    assert UserSession.objects.get().ended_by == ("" if goes_on else "unreachable")


def test_without_any_grace_the_first_failure_ends_it(carol, site, relyant_provider, caplog):
    site.RELYANT = {**site.RELYANT, "GRACE": 0}
    relyant_provider.misbehave("down@token")
    let_renewal_be_due(carol)
    assert "session.provider_away" in words(carol.get("/beers/"))
    # Somebody has to look at the provider, not at her.
    (record,) = [one for one in caplog.records if one.getMessage().startswith("session ended: ")]
    assert record.levelname == "ERROR"


# TK-07
@pytest.mark.parametrize(
    ("misbehaviour", "code"),
    [
        ("refreshed-wrong-sub", "invalid_token.refreshed_subject_mismatch"),
        ("refreshed-wrong-auth-time", "invalid_token.refreshed_auth_time_mismatch"),
        ("refreshed-issued-earlier", "invalid_token.refreshed_issued_earlier"),
        ("wrong-issuer", "invalid_token.issuer_mismatch"),
        ("wrong-audience", "invalid_token.audience_mismatch"),
    ],
)
def test_an_answer_of_another_session_ends_it(carol, relyant_provider, caplog, misbehaviour, code):
    relyant_provider.misbehave(misbehaviour)
    let_renewal_be_due(carol)
    assert "session.refused" in words(carol.get("/beers/"))
    assert code in caplog.text
    relyant_provider.misbehave()
    assert signed_in(carol) is None
    assert [user.username for user in User.objects.all()] == ["carol"]


def test_claims_that_can_not_be_had_cost_no_rights_and_no_tokens(browser, relyant_provider, asked):
    relyant_provider.sign_in(browser, "chris")
    asked()
    relyant_provider.misbehave("error-500@userinfo")
    relyant_provider.rotate_refresh_tokens()
    let_renewal_be_due(browser)
    assert browser.get("/admin/").status_code == 200
    record = record_of(browser)
    assert (asked(), record["generation"]) == (1, 1)
    assert time.time() < record["renew_at"] < time.time() + 60
    assert UserSession.objects.get().failing_since
    relyant_provider.misbehave()
    relyant_provider.set_roles("chris", ["customers"])
    let_renewal_be_due(browser)
    assert browser.get("/admin/").status_code == 302
    assert UserSession.objects.get().failing_since is None


def test_without_a_new_id_token_rights_stay(browser, relyant_provider):
    relyant_provider.sign_in(browser, "chris")
    relyant_provider.misbehave("missing-id-token")
    relyant_provider.set_roles("chris", ["customers"])
    let_renewal_be_due(browser)
    assert browser.get("/admin/").status_code == 200
    assert record_of(browser)["generation"] == 1


def failing_hook(decision, claims, request):
    """A hook with a fault."""
    raise ZeroDivisionError


def test_a_hook_that_fails_costs_no_rights(browser, site, relyant_provider):
    relyant_provider.sign_in(browser, "chris")
    keycloak = site.RELYANT["PROVIDERS"]["keycloak"]
    policy = {**keycloak["POLICY"], "HOOK": "tests.journeys.test_refresh.failing_hook"}
    site.RELYANT = {**site.RELYANT, "PROVIDERS": {"keycloak": {**keycloak, "POLICY": policy}}}
    let_renewal_be_due(browser)
    assert browser.get("/admin/").status_code == 200
    assert UserSession.objects.get().failing_since


def test_a_session_that_was_overwritten_with_its_former_record_takes_the_newer_one(
    carol, relyant_provider, asked
):
    """A slow page saves the session as it was before another one's renewal: the provider isn't asked again."""
    relyant_provider.rotate_refresh_tokens()
    let_renewal_be_due(carol)
    former = record_of(carol)
    assert (signed_in(carol), asked()) == ("carol", 1)
    newer = record_of(carol)
    session = carol.session
    session["relyant"] = former
    session["cart"] = ["stout"]
    session.save()
    assert (signed_in(carol), asked()) == ("carol", 0)
    assert record_of(carol) == newer and carol.session["cart"] == ["stout"]
    let_renewal_be_due(carol)
    assert (signed_in(carol), asked()) == ("carol", 1)


def test_a_page_does_not_wait_for_the_renewal_of_another(carol, asked):
    let_renewal_be_due(carol)
    UserSession.objects.update(claimed_until=timezone.now() + timedelta(seconds=10))
    assert (signed_in(carol), asked()) == ("carol", 0)
    UserSession.objects.update(claimed_until=timezone.now())
    assert (signed_in(carol), asked()) == ("carol", 1)


def test_a_process_that_stopped_after_the_tokens_came_leaves_the_policy_to_the_next(
    carol, relyant_provider, monkeypatch
):
    relyant_provider.rotate_refresh_tokens()
    relyant_provider.set_roles("carol", ["creators"])
    let_renewal_be_due(carol)

    def stop(*_, **__):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("relyant.flows.decided_again.decide", stop)
        with pytest.raises(SystemExit):
            carol.get("/admin/")
    assert UserSession.objects.get().generation == 1
    let_claims_lapse()
    assert carol.get("/admin/").status_code == 200
    assert UserSession.objects.get().generation == 3


@pytest.mark.parametrize("by", ["row", "rows"])
def test_a_session_that_the_register_does_not_have_ends_when_it_is_due(carol, by, asked):
    if by == "row":
        UserSession.objects.update(ended_at=timezone.now())
    else:
        UserSession.objects.all().delete()
    let_due = {**record_of(carol), "renew_at": 1}
    session = carol.session
    session["relyant"] = let_due
    session.save()
    assert "session.ended" in words(carol.get("/beers/"))
    assert (signed_in(carol), asked()) == (None, 0)


# SE-02
@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_ends_with_its_age(browser, site, relyant_provider, tmp_path, engine):
    use_engine(site, engine, tmp_path)
    site.RELYANT = {**site.RELYANT, "SESSION_MAX_AGE": 3600}
    relyant_provider.sign_in(browser, "carol")
    assert abs(record_of(browser)["ends_at"] - time.time() - 3600) < 60
    change_record(browser, ends_at=int(time.time()))
    page = browser.get("/beers/")
    assert page.status_code == 403 and "session.too_old" in words(page)
    assert UserSession.objects.get().ended_by == "age"
    assert signed_in(browser) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_settings_that_are_wrong_let_no_session_go_on_that_is_over(
    browser, site, relyant_provider, tmp_path, engine
):
    """They cost nobody a page whose session goes on, due or not: who would be asked isn't known."""
    use_engine(site, engine, tmp_path)
    relyant_provider.sign_in(browser, "carol")
    let_renewal_be_due(browser)
    right, wrong = site.RELYANT, {**site.RELYANT, "GRACE": "a day"}
    site.RELYANT = wrong
    assert signed_in(browser) == "carol"
    site.RELYANT = right
    if engine == "signed_cookies":
        register.end(register.rows().select_related("user"), by=EndedBy.OPERATOR)
    else:
        change_record(browser, ends_at=int(time.time()) - 1)
    site.RELYANT = wrong
    browser.raise_request_exception = False
    assert "carol" not in browser.get("/beers/").content.decode()


def pages_without_views(get_response):
    """A middleware that answers where no address leads to a view, as Django's flat pages do."""

    def middleware(request):
        response = get_response(request)
        is_page = response.status_code == 404 and request.path == "/about/"
        return HttpResponse(f"for {request.user.get_username()}") if is_page else response

    return middleware


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_that_no_view_made_asks_for_the_session_too(browser, site, relyant_provider, tmp_path, engine):
    use_engine(site, engine, tmp_path)
    site.MIDDLEWARE = [*site.MIDDLEWARE, "tests.journeys.test_refresh.pages_without_views"]
    site.RELYANT = {**site.RELYANT, "SESSION_MAX_AGE": 3600}
    relyant_provider.sign_in(browser, "carol")
    assert browser.get("/about/").content == b"for carol"
    change_record(browser, ends_at=int(time.time()))
    page = browser.get("/about/")
    assert page.status_code == 403 and "session.too_old" in words(page)
    assert browser.get("/about/").content == b"for "


def test_a_renewal_makes_no_session_longer_than_its_age(carol, site, relyant_provider, browser):
    site.RELYANT = {**site.RELYANT, "SESSION_MAX_AGE": 3600}
    relyant_provider.sign_in(browser, "carol")
    ends_at = record_of(browser)["ends_at"]
    let_renewal_be_due(browser)
    assert signed_in(browser) == "carol" and record_of(browser)["ends_at"] == ends_at


def test_a_stronger_sign_in_that_is_asked_for_since_then_counts_at_the_renewal(
    browser, site, relyant_provider
):
    relyant_provider.set_acr("carol", ["gold"])
    relyant_provider.sign_in(browser, "carol")
    keycloak = site.RELYANT["PROVIDERS"]["keycloak"]
    site.RELYANT = {**site.RELYANT, "PROVIDERS": {"keycloak": {**keycloak, "ACR_VALUES": ["gold"]}}}
    let_renewal_be_due(browser)
    page = browser.get("/beers/")
    assert page.status_code == 403 and "invalid_token.acr_mismatch" in words(page)
    relyant_provider.sign_in(browser, "carol")
    let_renewal_be_due(browser)
    assert signed_in(browser) == "carol"


def test_a_provider_that_left_the_settings_takes_its_sessions_along(carol, site):
    keycloak = site.RELYANT["PROVIDERS"]["keycloak"]
    site.RELYANT = {**site.RELYANT, "PROVIDERS": {"other": keycloak}}
    let_renewal_be_due(carol)
    assert "session.provider_away" in words(carol.get("/beers/"))


def test_our_own_ways_in_and_out_are_left_alone(carol, asked):
    let_renewal_be_due(carol)
    for path in ("/oidc/logged-out/", "/oidc/login/", "/oidc/codes/session.refused/"):
        carol.get(path)
    assert asked() == 0
    assert carol.get("/oidc/identities/").status_code == 200
    assert asked() == 1


def test_the_register_follows_the_sessions_key(carol):
    row = UserSession.objects.get()
    session = carol.session
    assert register.session_key(row) == session.session_key
    user = User.objects.get()
    user.is_staff = user.is_superuser = True
    user.set_password("stout and porter")
    user.save()
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    changed = carol.post(
        "/admin/password_change/",
        {
            "old_password": "stout and porter",
            "new_password1": "porter and stout",
            "new_password2": "porter and stout",
        },
    )
    assert changed.status_code == 302 and carol.session.session_key != session.session_key
    row.refresh_from_db()
    assert register.session_key(row) == carol.session.session_key
