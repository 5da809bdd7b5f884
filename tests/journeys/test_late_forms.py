"""A form of the admin's that meets the provider's no: whole again after the next sign-in, and for the same person alone."""

from __future__ import annotations

import html
import re
import time

import pytest
from django.contrib.auth.models import Group
from django.test import Client

ADD = "/admin/auth/group/add/"
PAGE = {"HTTP_SEC_FETCH_MODE": "navigate"}
NAME = "Brauer „Zwickl“ <i>"
FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def fields(response):
    """The hidden fields of a page of ours."""
    return {name: html.unescape(value) for name, value in FIELD.findall(response.content.decode())}


@pytest.fixture
def adam(db, relyant_provider):
    made = Client(enforce_csrf_checks=True, **PAGE)
    relyant_provider.sign_in(made, "adam")
    return made


@pytest.fixture
def send(adam, relyant_provider, monkeypatch):
    """Fill in the form, and send it once the provider refuses to renew the session."""

    def meet_the_end(**form):
        token = fields(adam.get(ADD))["csrfmiddlewaretoken"]
        relyant_provider.misbehave("token-invalid-grant")
        now = time.time
        monkeypatch.setattr("time.time", lambda: now() + 3600)
        kept = adam.post(ADD, {**form, "csrfmiddlewaretoken": token})
        monkeypatch.setattr("time.time", now)
        relyant_provider.misbehave()
        return kept

    return meet_the_end


@pytest.mark.parametrize("engine", ["db", "signed_cookies", "cache", "cached_db", "file"])
@pytest.mark.parametrize("in_session", [False, True], ids=["token in a cookie", "token in the session"])
def test_it_is_sent_again_with_each_engine(request, settings, tmp_path, relyant_provider, engine, in_session):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    settings.CSRF_USE_SESSIONS = in_session
    adam, send = request.getfixturevalue("adam"), request.getfixturevalue("send")
    kept = send(name=NAME, _save="Save")
    assert (kept.status_code, "sealed" in fields(kept)) == (401, True)
    assert not Group.objects.filter(name=NAME).exists()

    relyant_provider.sign_in(adam, "adam")
    again = adam.post("/oidc/resend/", {"sealed": fields(kept)["sealed"]})
    assert again.status_code == 200
    assert fields(again)["name"] == NAME
    assert adam.post(ADD, fields(again)).status_code == 302
    assert Group.objects.filter(name=NAME).exists()


def test_another_person_in_the_same_browser_sees_nothing_of_it(adam, send, relyant_provider):
    sealed = fields(send(name=NAME))["sealed"]
    # In the same browser: what it keeps of its own stays.
    cookies = {name: morsel for name, morsel in adam.cookies.items() if name.startswith("relyant-")}
    chris = Client(enforce_csrf_checks=True, **PAGE)
    relyant_provider.sign_in(chris, "chris")
    chris.cookies.update(cookies)
    refused = chris.post("/oidc/resend/", {"sealed": sealed})
    assert refused.status_code == 401
    assert "somebody else" in refused.content.decode() and "Brauer" not in refused.content.decode()


def test_a_script_that_sends_it_is_told(adam, relyant_provider, monkeypatch):
    token = fields(adam.get(ADD))["csrfmiddlewaretoken"]
    relyant_provider.misbehave("token-invalid-grant")
    later = time.time() + 3600
    monkeypatch.setattr("time.time", lambda: later)
    answer = adam.post(ADD, {"name": NAME, "csrfmiddlewaretoken": token}, HTTP_SEC_FETCH_MODE="cors")
    assert (answer.status_code, answer.json()["error"]) == (401, "session_ended")
