"""What a session keeps of a sign-in. The sign-ins themselves are in the journeys."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore

from relyant import sessions

KEPT = {
    "shape": 1,
    "user": "7",
    "provider": "keycloak",
    "issuer": "https://sso.example.com/realms/brewery",
    "subject": "carol's subject",
    "sid": None,
    "roles": [["customers", "realm_access.roles", "access_token"]],
    "reasons": [
        ["staff", False, None, ["creators", "admins"]],
        ["group:customers", True, ["customers", "realm_access.roles", "access_token"], ["customers"]],
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
    role = sessions.Role("customers", "realm_access.roles", "access_token")
    assert sign_in.roles == (role,)
    assert sign_in.reason("staff") == sessions.Reason("staff", False, None, ("creators", "admins"))
    assert sign_in.reason("group:customers").because == role
    assert sign_in.reason("superuser") is None


def test_a_record_of_somebody_else_counts_as_none(rf):
    for session in ({}, {"relyant": KEPT}, {"relyant": KEPT, "_auth_user_id": "8"}):
        request = request_with(rf, **session)
        assert sessions.current(request) is None and sessions.id_token_hint(request) is None


def test_a_record_of_another_shape_counts_as_none(rf):
    for kept in ({}, [], "x", None, {**KEPT, "shape": 2}, {"user": "7"}):
        assert sessions.current(request_with(rf, relyant=kept, _auth_user_id="7")) is None


def test_a_sign_in_without_an_id_token_has_no_hint(rf):
    for kept in (KEPT, {**KEPT, "id_token": ""}, {**KEPT, "id_token": "sealed by nobody"}):
        assert sessions.id_token_hint(request_with(rf, relyant=kept, _auth_user_id="7")) is None


def test_being_sent_to_one_place_twice_in_a_row_is_noticed(rf, monkeypatch):
    request = request_with(rf)
    now = sessions.time.time()
    assert not sessions.turned_away(request, "/brewers/")
    assert sessions.turned_away(request, "/brewers/")
    assert not sessions.turned_away(request, "/members/")
    assert not sessions.turned_away(request, "/brewers/")
    monkeypatch.setattr(sessions.time, "time", lambda: now + 60)
    assert not sessions.turned_away(request, "/brewers/")
