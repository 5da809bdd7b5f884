"""What a session keeps of a sign-in. The sign-ins themselves are in the journeys."""

from __future__ import annotations

import json

import pytest
from django.contrib.sessions.backends.db import SessionStore

from relyant import session_records, sessions

KEPT = {
    "shape": 2,
    "handle": "the handle of carol's session",
    "generation": 0,
    "signed_in_at": 1_800_000_000,
    "auth_time": 1_799_999_990,
    "acr": "gold",
    "renew_at": 1_800_000_270,
    "ends_at": None,
    "has_refresh_token": True,
    "permissions": [],
    "user": "7",
    "provider": "keycloak",
    "issuer": "https://sso.example.com/realms/brewery",
    "subject": "carol's subject",
    "sid": None,
    "roles": [["customers", "realm_access.roles", "access_token"]],
    "reasons": [
        ["staff", False, None, ["creators", "admins"], []],
        ["group:customers", True, ["customers", "realm_access.roles", "access_token"], ["customers"], []],
    ],
}


def request_with(rf, **session):
    request = rf.get("/")
    request.session = SessionStore()
    request.session.update(session)
    return request


def test_a_sign_in_is_read_back(rf):
    sign_in = sessions.current(request_with(rf, relyant=KEPT, _auth_user_id="7"))
    assert (sign_in.provider, sign_in.subject, sign_in.sid) == ("keycloak", "carol's subject", None)
    role = session_records.Role("customers", "realm_access.roles", "access_token")
    assert sign_in.roles == (role,)
    assert sign_in.reason("staff") == session_records.Reason("staff", False, None, ("creators", "admins"))
    assert sign_in.reason("group:customers").because == role
    assert sign_in.reason("superuser") is None
    assert (sign_in.handle, sign_in.generation) == (KEPT["handle"], 0)
    assert (sign_in.auth_time, sign_in.acr, sign_in.renew_at) == (1_799_999_990, "gold", 1_800_000_270)


def test_a_record_of_somebody_else_counts_as_none(rf):
    for session in ({}, {"relyant": KEPT}, {"relyant": KEPT, "_auth_user_id": "8"}):
        request = request_with(rf, **session)
        assert sessions.current(request) is None


def test_a_record_of_another_shape_counts_as_none(rf):
    for kept in ({}, [], "x", None, {**KEPT, "shape": 1}, {"user": "7"}):
        assert sessions.current(request_with(rf, relyant=kept, _auth_user_id="7")) is None


def test_being_sent_to_one_place_twice_in_a_row_is_noticed(rf, monkeypatch):
    request = request_with(rf)
    now = sessions.time.time()
    assert not sessions.turned_away(request, "/brewers/")
    assert sessions.turned_away(request, "/brewers/")
    assert not sessions.turned_away(request, "/members/")
    monkeypatch.setattr(sessions.time, "time", lambda: now + 60)
    assert not sessions.turned_away(request, "/brewers/")


# SE-04
@pytest.mark.parametrize("count", [2, 3, 10])
def test_being_sent_round_several_places_is_noticed(rf, count):
    request, places = request_with(rf), [f"/brewers/{number}/" for number in range(count)]
    assert [sessions.turned_away(request, place) for place in places] == [False] * count
    assert [sessions.turned_away(request, place) for place in places] == [True] * count


def test_the_places_are_few_and_the_session_does_not_tell_them(rf):
    request = request_with(rf)
    for number in range(100):
        assert not sessions.turned_away(request, f"/brewers/{number}/" + "x" * 480)
    kept = json.dumps(dict(request.session.items()))
    assert "brewers/" not in kept and len(kept) < 512
    assert sessions.turned_away(request, "/brewers/99/" + "x" * 480)


@pytest.mark.parametrize("kept", [["/brewers/", 4_000_000_000], "x", 7, None])
def test_places_of_another_shape_count_as_none(rf, kept):
    request = request_with(rf, **{"relyant.turned_away": kept})
    assert not sessions.turned_away(request, "/brewers/")
    assert sessions.turned_away(request, "/brewers/")


# AR-16
@pytest.mark.parametrize(("keep", "left"), [([], {}), (["cart", "coupon"], {"cart": ["stout"]})])
def test_an_anonymous_session_keeps_what_the_setting_allows(rf, configure, keep, left):
    configure({"KEEP_SESSION_KEYS": keep})
    request = request_with(rf, cart=["stout"], planted="by a stranger", _csrftoken="x" * 32)
    sessions.drop_strangers_data(request)
    assert dict(request.session.items()) == left


# AR-16
def test_the_session_of_somebody_who_is_signed_in_is_left_to_django(rf):
    request = request_with(rf, cart=["stout"], _auth_user_id="7")
    sessions.drop_strangers_data(request)
    assert request.session["cart"] == ["stout"]
