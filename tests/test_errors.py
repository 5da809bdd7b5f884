"""A refusal has a stable code, a status by its kind, words for the visitor, and a reference that joins page and log."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import translation

from relyant import _core, errors
from relyant.errors import Refusal, UnknownProvider


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("transaction", 400),
        ("session", 403),
        ("refused", 403),
        ("decision", 403),
        ("account", 403),
        ("invalid_token", 502),
        ("misbehaved", 502),
        ("incompatible", 502),
        ("unavailable", 503),
        ("configuration", 503),
        ("misuse", 503),
        ("a kind of tomorrow", 503),
    ],
)
def test_the_status_says_who_must_act(kind, status):
    refusal = Refusal(f"{kind}.something", "why", kind=kind)
    assert refusal.status == status
    assert (refusal.retry_after is not None) == (status == 503)


def test_the_providers_own_waiting_time_is_passed_on():
    assert Refusal("unavailable.http_status", "503", retry_after=120).retry_after == 120
    assert Refusal("decision.not_allowed", "no", retry_after=120).retry_after is None


def test_the_kind_is_the_codes_first_word():
    assert Refusal("account.inactive", "deactivated").kind == "account"


def test_an_error_of_the_core_becomes_the_refusal_of_its_code():
    with pytest.raises(_core.RelyantError) as caught:
        _core.callback_state("code=1")
    refusal = Refusal.from_core(caught.value)
    assert (refusal.code, refusal.kind, refusal.status) == (caught.value.code, "transaction", 400)
    assert refusal.operator == str(caught.value)


def test_the_reference_is_short_easy_to_read_out_and_new_each_time():
    references = {Refusal("account.inactive", "").reference for _ in range(100)}
    assert len(references) == 100
    assert all(re.fullmatch(r"[2-9a-hjkmnp-z]{8}", reference) for reference in references)


def test_the_visitor_reads_words_and_never_the_operators_message():
    refusal = Refusal("account.username_taken", "user 7 has it")
    assert "7" not in f"{refusal.title} {refusal.visitor}"
    assert str(refusal) == "account.username_taken: user 7 has it"


def test_whose_name_is_taken_reads_what_can_be_done():
    """There is no joining of accounts: neither text may promise it."""
    refusal = Refusal("account.username_taken", "")
    assert "reference" in str(refusal.visitor) and "renamed" in str(refusal.visitor)
    (meaning,) = [text for code, _, text in errors.catalogue() if code == "account.username_taken"]
    assert "Rename" in meaning and "`USER`" in meaning and "join or" not in f"{refusal.visitor} {meaning}"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_told_by_the_errors_name_alone(error):
    with pytest.raises(Refusal) as caught, errors.database_translated():
        raise error("DETAIL: Failing row contains (carol@brewery.example)")
    assert (caught.value.code, caught.value.status) == ("unavailable.database", 503)
    assert caught.value.operator == f"the database failed: {error.__name__}"


def test_any_other_error_of_the_database_stays_what_it_is():
    with pytest.raises(IntegrityError), errors.database_translated():
        raise IntegrityError


def test_every_code_has_words_and_a_meaning():
    codes = errors.catalogue()
    assert len({code for code, _, _ in codes}) == len(codes)
    for code, kind, meaning in codes:
        assert code.startswith(f"{kind}.")
        assert meaning.endswith(".")
        refusal = Refusal(code, "")
        assert str(refusal.title)
        assert str(refusal.visitor)


def test_the_catalogue_has_the_codes_of_both_sides():
    codes = {code for code, _, _ in errors.catalogue()}
    assert {code for code, _ in _core.error_catalogue()} <= codes
    assert {"account.username_taken", "decision.not_allowed", "transaction.not_found"} <= codes


def test_words_are_translated_when_they_are_read():
    refusal = Refusal("account.inactive", "")
    with translation.override("de"):
        assert isinstance(str(refusal.title), str)


def test_an_unknown_provider_is_the_visitors_address_gone_wrong():
    refusal = UnknownProvider("x" * 500)
    assert (refusal.code, refusal.status) == ("transaction.unknown_provider", 400)
    assert len(refusal.operator) < 100


def test_a_visitors_words_stay_on_their_line_of_the_log():
    refusal = Refusal("transaction.unknown_provider", "no provider `x\n\x1b[31mERROR forged\u2028`")
    assert refusal.operator == "no provider `x\ufffd\ufffd[31mERROR forged\ufffd`"
    assert str(refusal) == f"transaction.unknown_provider: {refusal.operator}"
