"""`manage.py relyant_events`: what happened to whom, and what is old enough to go."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from relyant import events
from relyant.models import Event, EventKind

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("relyant_events", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def carol(configure):
    configure({"EVENTS": "all"})
    return User.objects.create_user("carol")


@pytest.fixture
def happened(carol):
    """Three events, the oldest first."""
    root = User.objects.create_user("root")
    events.record(EventKind.LOGIN, user=carol, provider="keycloak", subject="sub-carol")
    events.record(
        EventKind.REFUSED,
        user=None,
        provider="keycloak",
        subject="sub-nora",
        code="decision.not_allowed",
        reference="abcd2345",
        detail={"why": "none of her roles\nis in ALLOW"},
    )
    events.record(
        EventKind.UNLINKED,
        user=carol,
        actor=root,
        provider="other",
        subject="sub-carol",
        detail={"groups": ["creators", "customers"], "staff": True, "left": {"links": 1}},
    )


@pytest.mark.usefixtures("happened")
def test_it_lists_the_newest_first_on_a_line_each():
    lines = [line.split("  ")[1:] for line in run()]
    assert lines == [
        [
            "unlinked",
            "carol",
            "other",
            "by root",
            "groups: creators, customers",
            "left: links: 1",
            "staff: yes",
        ],
        [
            "refused",
            "sub-nora",
            "keycloak",
            "decision.not_allowed (reference abcd2345)",
            "why: none of her roles\ufffdis in ALLOW",
        ],
        ["login", "carol", "keycloak"],
    ]


@pytest.mark.usefixtures("happened")
@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        (["--user", "carol"], ["unlinked", "login"]),
        (["--kind", "refused"], ["refused"]),
        (["--provider", "other"], ["unlinked"]),
        (["--provider", "keycloak", "--user", "carol"], ["login"]),
        (["--limit", "1"], ["unlinked"]),
        (["--since", "2020-01-01"], ["unlinked", "refused", "login"]),
        (["--since", "2020-01-01T12:00Z"], ["unlinked", "refused", "login"]),
        (["--since", "2120-01-01"], []),
    ],
)
def test_filters(arguments, kinds):
    assert [json.loads(line)["kind"] for line in run("--json", *arguments)] == kinds


@pytest.mark.usefixtures("happened")
def test_json_has_all_of_an_event():
    event = json.loads(run("--json", "--kind", "unlinked")[0])
    assert event.pop("at").endswith("+00:00")
    assert event.pop("detail")["groups"] == ["creators", "customers"]
    assert event == {
        "kind": "unlinked",
        "user": "carol",
        "actor": "root",
        "provider": "other",
        "issuer": "",
        "subject": "sub-carol",
        "code": "",
        "reference": "",
    }


@pytest.mark.usefixtures("happened")
def test_who_was_renamed_or_deleted_is_found_by_her_name_of_then(carol):
    pk = str(carol.pk)
    User.objects.filter(pk=pk).update(username="caroline")
    assert len(run("--user", "carol")) == len(run("--user", "caroline")) == 2
    carol.delete()
    assert len(run("--user", "carol")) == len(run("--user", pk)) == 2
    assert "  carol  " in run("--user", "carol")[0]


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "2026-02-30", "2026-01-01T25:00"])
def test_a_time_that_is_none_is_an_error(since):
    with pytest.raises(CommandError, match="--since must be a day or a time, such as 2026-03-01"):
        run("--since", since)


@pytest.mark.usefixtures("happened")
@pytest.mark.parametrize("use_tz", [True, False])
def test_an_hour_that_the_clock_had_twice_is_one_of_them(settings, use_tz):
    settings.USE_TZ, settings.TIME_ZONE = use_tz, "Europe/Berlin"
    first = datetime.fromisoformat("2025-10-26T00:30+00:00" if use_tz else "2025-10-26T02:30")
    Event.objects.filter(kind="login").update(at=first)
    assert any("2025-10-26 00:30:00 UTC  login" in line for line in run())
    assert len(run("--since", "2025-10-26T02:30")) == 3


@pytest.mark.usefixtures("happened")
def test_without_time_zones_a_day_is_the_sites_own(settings):
    settings.USE_TZ = False
    assert len(run("--since", "2020-01-01T12:00Z")) == len(run("--since", "2020-01-01")) == 3


@pytest.mark.usefixtures("happened")
def test_prune_removes_what_is_old_and_says_how_many():
    Event.objects.filter(kind="login").update(at=timezone.now() - timedelta(days=91))
    assert run("prune", "--older-than", "90", "--dry-run") == ["Would remove 1 event older than 90 days."]
    assert Event.objects.count() == 3
    assert run("prune", "--older-than", "90") == ["Removed 1 event older than 90 days."]
    assert run("prune", "--older-than", "90") == ["Removed 0 events older than 90 days."]
    assert sorted(Event.objects.values_list("kind", flat=True)) == ["refused", "unlinked"]


@pytest.mark.parametrize("days", ["0", "-1", "36501"])
def test_an_age_that_makes_no_sense_removes_nothing(happened, days):
    with pytest.raises(CommandError, match="--older-than must be 1 or more and at most 36500 days"):
        run("prune", f"--older-than={days}")
    assert Event.objects.count() == 3


@pytest.mark.usefixtures("happened")
def test_a_prune_without_an_age_is_an_error():
    with pytest.raises(CommandError, match="--older-than"):
        run("prune")
    with pytest.raises(CommandError, match="--limit must be 1 or more, got 0"):
        run("--limit", "0")


@pytest.mark.usefixtures("happened")
def test_the_list_is_one_statement_however_long(django_assert_num_queries):
    with django_assert_num_queries(1):
        run()


@pytest.mark.usefixtures("happened")
def test_a_site_in_another_language_is_told_in_english(settings):
    settings.LANGUAGE_CODE = "de"
    with translation.override("de"):
        assert "staff: yes" in run("--kind", "unlinked")[0].split("  ")


@pytest.mark.usefixtures("happened")
def test_a_refusal_is_found_by_the_reference_of_its_page():
    (line,) = run("--reference", "abcd2345")
    assert "decision.not_allowed" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--user", "carrol"), "no user has the name or the key `carrol`; did you mean carol?"),
        (("--user", "sub-carol"), "no user has the name or the key `sub-carol`"),
        (
            ("--provider", "keyclaok"),
            "no provider and no event has the name `keyclaok`; did you mean keycloak?",
        ),
        (
            ("--provider", "nowhere"),
            "no provider and no event has the name `nowhere`; the settings have keycloak",
        ),
    ],
)
@pytest.mark.usefixtures("happened")
def test_a_name_that_nothing_has_is_refused(arguments, said):
    with pytest.raises(CommandError, match="^" + re.escape(said) + "$"):
        run(*arguments)


@pytest.mark.parametrize(
    ("word", "arguments", "left_out"),
    [
        ("changes", ("--reference", "abcd2345"), "refused"),
        ("changes", ("--kind", "login"), "login"),
        ("changes", ("--user", "carol"), "login, refused"),
        ("off", ("--kind", "linked"), "linked"),
        ("all", ("--reference", "abcd2345"), None),
        ("changes", ("--kind", "linked"), None),
    ],
)
def test_where_there_is_none_it_says_what_is_not_kept(configure, carol, word, arguments, left_out, capsys):
    configure({"EVENTS": word})
    assert run(*arguments) == []
    said = capsys.readouterr().err
    assert said.startswith("No such event.")
    assert (f'`EVENTS` is "{word}": no row is written for {left_out}.' in said) is bool(left_out)
    assert ("The log has each refusal" in said) is bool(left_out and "refused" in left_out)
