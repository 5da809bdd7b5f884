"""A session's tokens under seal. What seals them for whom is here; the renewals are in test_refresh."""

from __future__ import annotations

import json

import pytest

from relyant import _core, conf, token_store
from tests.test_sessions import KEPT

OWN_KEYS = ["an own key of at least thirty-two characters", "a former key of thirty-two characters, too"]


def sealed_in(kept):
    """A record with the ID token that belongs to it."""
    sealer = _core.Sealer(conf.token_secrets(), "relyant.tokens.id_token")
    binding = json.dumps([kept["handle"], kept["user"], kept["issuer"], kept["subject"]]).encode()
    return {**kept, "id_token": sealer.seal(b"e.y.J", binding)}


def test_a_record_without_an_id_token_has_no_hint():
    for kept in (KEPT, {**KEPT, "id_token": ""}, {**KEPT, "id_token": "sealed by nobody"}):
        assert token_store.id_token_of(kept) is None


@pytest.mark.parametrize("changed", ["handle", "user", "issuer", "subject"])
def test_an_id_token_that_was_moved_into_another_session_does_not_open(changed):
    kept = sealed_in(KEPT)
    assert token_store.id_token_of(kept).text == "e.y.J"
    assert token_store.id_token_of({**kept, changed: "8"}) is None


# SE-05
def test_no_report_of_an_error_shows_an_id_token():
    hint = token_store.id_token_of(sealed_in(KEPT))
    assert "e.y.J" not in f"{hint!r} {hint}"


def test_a_change_of_the_secret_key_goes_by_its_fallbacks(settings):
    settings.SECRET_KEY = "the former"
    kept = sealed_in(KEPT)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new", ["the former"]
    assert token_store.id_token_of(kept).text == "e.y.J"
    settings.SECRET_KEY_FALLBACKS = []
    assert token_store.id_token_of(kept) is None


def test_keys_of_their_own_take_the_place_of_the_secret_key(configure, settings):
    by_secret_key = sealed_in(KEPT)
    configure({"TOKEN_KEYS": OWN_KEYS[1:]})
    assert token_store.id_token_of(by_secret_key) is None
    kept = sealed_in(KEPT)
    settings.SECRET_KEY = "another"
    configure({"TOKEN_KEYS": OWN_KEYS})
    assert token_store.id_token_of(kept).text == "e.y.J"
    configure({"TOKEN_KEYS": OWN_KEYS[:1]})
    assert token_store.id_token_of(kept) is None
