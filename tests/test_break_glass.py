"""Emergency logins: once, for some minutes, for an hour at most, and known to the database by a hash alone."""

from __future__ import annotations

import logging
import re
import time
from datetime import datetime, timedelta
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import AsyncClient, Client
from django.utils import timezone

from relyant import break_glass
from relyant.errors import Refusal
from relyant.models import BreakGlassLogin, Event

pytestmark = pytest.mark.django_db

UNUSABLE = "This link can&#x27;t be used"


@pytest.fixture
def adam():
    """A superuser whom the provider signs in: without a password of her own."""
    user = User.objects.create_superuser("adam")
    user.set_unusable_password()
    user.save()
    return user


@pytest.fixture
def address(adam):
    return address_for(adam)


def address_for(user):
    return f"/oidc/break-glass/{break_glass.mint(user).token.text}/"


def token_of(address):
    return address.split("/")[-2]


def make(*arguments):
    """What the command writes, and what it says beside it."""
    out, err = StringIO(), StringIO()
    call_command("relyant_break_glass", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def signed_in(client):
    return client.session.get("_auth_user_id")


# The command.


def test_the_command_prints_the_address_and_nothing_else(adam, configure):
    configure({"BASE_URL": "https://beer.example.com/"})
    out, err = make("adam")
    assert re.fullmatch(r"https://beer\.example\.com/oidc/break-glass/[-\w]{43}/\n", out)
    assert re.search(r"Good once, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", err)
    assert "neither staff" not in err and "BASE_URL" not in err
    row = BreakGlassLogin.objects.get()
    assert row.expires_at - row.minted_at == timedelta(minutes=10)
    # AR-05
    kept = [str(value) for value in BreakGlassLogin.objects.values_list().get()]
    kept += map(str, Event.objects.values_list().get())
    assert not [text for text in kept if token_of(out) in text]


def test_without_base_url_it_prints_the_path_and_says_so(adam):
    out, err = make("adam", "--minutes", "60")
    assert out.startswith("/oidc/break-glass/") and "set BASE_URL" in err


def test_a_user_is_named_by_her_key_too(adam):
    make(str(adam.pk))
    assert BreakGlassLogin.objects.get().user == adam


def test_an_unknown_user_is_met_with_the_nearest_names(adam):
    User.objects.create_user("adele")
    with pytest.raises(CommandError, match="no user has the name or the key `adm`; did you mean adam"):
        make("adm")
    with pytest.raises(CommandError, match="no user has the name or the key `zzz`$"):
        make("zzz")


def test_a_deactivated_user_is_refused(adam):
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="adam is deactivated"):
        make("adam")
    assert not BreakGlassLogin.objects.exists()


def test_it_warns_of_a_user_whom_the_admin_does_not_let_in():
    User.objects.create_user("carol")
    assert "carol is neither staff nor superuser" in make("carol")[1]


@pytest.mark.parametrize("minutes", ["0", "61", "-1"])
def test_minutes_have_a_limit(adam, minutes):
    with pytest.raises(CommandError, match=f"at most 60, got {minutes}"):
        make("adam", "--minutes", minutes)


@pytest.mark.parametrize("word", ["changes", "all", "off"])
def test_it_is_an_event_whatever_the_setting_says(adam, configure, client, caplog, word):
    configure({"EVENTS": word})
    with caplog.at_level(logging.WARNING):
        path = make("adam")[0].strip()
        assert client.post(path).status_code == 303
    assert list(Event.objects.order_by("pk").values_list("kind", "user")) == [
        ("break_glass_minted", adam.pk),
        ("break_glass_used", adam.pk),
    ]
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        f"emergency login made: user {adam.pk}, good for 10 minutes",
        f"signed in by an emergency login: user {adam.pk}",
    ]


def test_another_one_leaves_the_first_as_it_is(client, adam, address):
    make("adam")
    assert client.post(address).status_code == 303


def test_what_has_lapsed_long_ago_is_removed(adam):
    make("adam")
    BreakGlassLogin.objects.update(expires_at=timezone.now() - timedelta(days=2))
    make("adam")
    assert BreakGlassLogin.objects.count() == 1


# The page.


def test_a_preview_says_who_and_uses_nothing_up(client, adam, address):
    for _ in range(3):
        page = client.get(address).content.decode()
        assert "<strong>adam</strong>" in page and "60 minutes" in page
    assert signed_in(client) is None
    assert client.post(address).status_code == 303
    assert signed_in(client) == str(adam.pk)


def test_it_works_with_passwords_off_and_the_provider_away(client, adam, address, configure):
    """The provider of these settings is at a port where nobody listens."""
    configure({"PASSWORD_LOGIN": False})
    assert client.post(address)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


# AR-11
def test_it_heeds_no_next(client, address):
    assert client.post(f"{address}?next=/beers/", {"next": "/beers/"})["Location"] == "/admin/"


def test_who_is_not_staff_goes_where_a_login_does(client):
    assert client.post(address_for(User.objects.create_user("carol")))["Location"] == "/"


# AR-16
def test_nothing_of_a_strangers_session_is_left(client, adam, address):
    client.get("/")
    session = client.session
    session["planted"] = "x"
    session.save()
    planted = session.session_key
    client.post(address)
    assert client.session.session_key != planted
    assert "planted" not in client.session and signed_in(client) == str(adam.pk)


def test_whoever_was_signed_in_is_so_no_more(client, adam, address):
    carol = User.objects.create_user("carol")
    client.force_login(carol)
    session = client.session
    session["hers"] = "x"
    session.save()
    assert "that session ends" in client.get(address).content.decode()
    client.post(address)
    assert signed_in(client) == str(adam.pk) and "hers" not in client.session


def test_the_session_ends_within_an_hour(client, address):
    answer = client.post(address)
    told = datetime.fromisoformat(client.get("/oidc/session/").json()["expires_at"])
    assert abs((told - timezone.now()).total_seconds() - 3600) <= 60
    assert answer.cookies["sessionid"]["max-age"] == 3600
    assert client.session.get_expiry_age() == 3600


def test_it_is_good_once(client, address):
    assert client.post(address).status_code == 303
    other = Client()
    assert other.post(address).status_code == 400 and signed_in(other) is None


def unusable(client, adam, how):
    """An address that can't be used, for this reason."""
    address = address_for(adam)
    if how == "unknown":
        return address.replace(token_of(address), "x" * 43)
    if how == "with a slip":
        return address.replace(token_of(address), f"{token_of(address)}.")
    if how == "used":
        Client().post(address)
    if how == "lapsed":
        BreakGlassLogin.objects.update(expires_at=timezone.now())
    if how == "deactivated":
        User.objects.filter(pk=adam.pk).update(is_active=False)
    return address


WAYS = ("unknown", "with a slip", "used", "lapsed", "deactivated")


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_that_can_not_be_used_says_the_same_whatever_is_wrong(adam, method):
    said = set()
    for how in WAYS:
        User.objects.update(is_active=True)
        address = unusable(None, adam, how)
        visitor = Client()
        answer = getattr(visitor, method)(address)
        page = answer.content.decode()
        assert UNUSABLE in page and token_of(address) not in page and signed_in(visitor) is None
        reference = re.search(r"<code>([2-9a-z]{8})</code>", page)[1]
        said.add((answer.status_code, page.replace(reference, "-")))
    assert len(said) == 1 and said.pop()[0] == 400


def test_an_address_of_nobody_and_one_that_is_used_cost_the_same(
    adam, django_assert_num_queries, address, client
):
    client.post(address)
    for path in (address, "/oidc/break-glass/nothing/"):
        with django_assert_num_queries(1):
            Client().get(path)
        # One UPDATE, and the savepoint that is the transaction of a test.
        with django_assert_num_queries(4):
            Client().post(path)


# SE-05
def test_the_address_is_in_no_header_that_another_page_gets(client, address):
    answer = client.get(address)
    assert answer["Referrer-Policy"] == "strict-origin"
    assert "no-store" in answer["Cache-Control"] and answer["X-Frame-Options"] == "DENY"
    assert token_of(address) not in answer.content.decode()
    assert client.get("/oidc/break-glass/nothing/")["Referrer-Policy"] == "no-referrer"
    assert client.post(address)["Referrer-Policy"] == "no-referrer"


# CSRF: another site would sign a visitor in as somebody else.
def test_a_form_of_another_site_signs_nobody_in(address):
    visitor = Client(enforce_csrf_checks=True)
    assert visitor.post(address).status_code == 403 and signed_in(visitor) is None
    form = visitor.get(address).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    assert visitor.post(address, {"csrfmiddlewaretoken": token}).status_code == 303


# SE-05
def test_no_log_line_has_the_address(address, caplog):
    encoded = "".join(f"%{ord(one):02x}" for one in token_of(address))
    whole = {
        "RAW_URI": address,
        "REQUEST_URI": address.replace(token_of(address), encoded),
        "UNENCODED_URL": address,
        "PATH_TRANSLATED": f"/srv{address}",
    }
    with caplog.at_level(logging.DEBUG):
        assert Client(enforce_csrf_checks=True).post(address, **whole).status_code == 403
        assert Client().put(address).status_code == 405
        answer = Client().get(address, **whole)
        assert Client().post(address).status_code == 303
        assert Client().post(address).status_code == 400
    assert len(caplog.records) >= 4
    told = f"{[(one.getMessage(), vars(one)) for one in caplog.records]}"
    assert token_of(address) not in told
    request = answer.wsgi_request
    told = f"{request!r} {request.META} {request.path} {request.resolver_match!r}"
    assert token_of(address) not in told and encoded not in told


@pytest.mark.parametrize("word", ["203.0.113.5", "testserver", "GET"])
def test_what_is_no_address_of_it_is_left_alone(client, word):
    """Whoever asks for such an address stays in the log."""
    request = client.get(f"/oidc/break-glass/{word}/", REMOTE_ADDR="203.0.113.5").wsgi_request
    meta = request.META
    assert (meta["REMOTE_ADDR"], meta["REQUEST_METHOD"]) == ("203.0.113.5", "GET")
    assert request.get_host() == "testserver" and request.path == "/oidc/break-glass/-/"


# SE-05
def test_no_debug_page_has_the_address(client, address, settings, monkeypatch):
    settings.DEBUG = True
    client.raise_request_exception = False

    def fail(*_, **__):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("relyant.flows.break_glass.auth.login", fail)
    answer = client.post(address, RAW_URI=address, REQUEST_URI=address)
    text = answer.content.decode()
    assert answer.status_code == 500 and "a fault of ours" in text and "RAW_URI" in text
    assert token_of(address) not in text


# SE-05
@pytest.mark.django_db(transaction=True)
def test_an_asgi_servers_own_copy_tells_nothing(address):
    async def get():
        return await AsyncClient().get(address)

    answer = async_to_sync(get)()
    assert answer.status_code == 200
    assert token_of(address) not in f"{answer.asgi_request.scope} {answer.asgi_request!r}"


def test_a_project_without_our_backend_is_told_so_and_uses_nothing_up(client, address, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert client.post(address).status_code == 503
    assert BreakGlassLogin.objects.get().used_at is None


def test_who_is_deactivated_in_between_is_not_signed_in(adam):
    token = break_glass.mint(adam).token
    User.objects.update(is_active=False)
    for act in (break_glass.holder, break_glass.use):
        with pytest.raises(Refusal) as caught:
            act(token)
        assert caught.value.code == "transaction.break_glass_unusable"
    assert BreakGlassLogin.objects.get().used_at is None
    assert not Event.objects.filter(kind="break_glass_used").exists()


def test_nothing_shows_a_token(adam):
    minted = break_glass.mint(adam)
    assert minted.token.text not in f"{minted!r} {minted.token} {minted.token!r}"


@pytest.mark.parametrize("engine", ["db", "signed_cookies"])
def test_however_busy_the_session_is_it_ends_after_an_hour(client, address, settings, monkeypatch, engine):
    """Its cookie says so, too; but a copied one, or a session that is saved at each request, goes on."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_SAVE_EVERY_REQUEST = True
    client.post(address)
    now = time.time()
    monkeypatch.setattr("relyant.sessions.time.time", lambda: now + 3500)
    assert client.get("/admin/").status_code == 200
    monkeypatch.setattr("relyant.sessions.time.time", lambda: now + 3601)
    page = client.get("/admin/", HTTP_SEC_FETCH_MODE="navigate", HTTP_SEC_FETCH_DEST="document")
    assert page.status_code == 403 and "session.too_old" in page.content.decode()
    assert signed_in(client) is None
