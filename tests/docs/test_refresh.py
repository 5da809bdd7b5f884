"""The how-tos on refresh and on session engines, carried out: their settings, a call of another API, and an end elsewhere."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from tests.docs import pages
from tests.docs.reader import START_SECONDS

KEYS = f"export BEER_TOKEN_KEY={'k' * 43} BEER_OLD_TOKEN_KEYS={'o' * 43}"
END = "python manage.py relyant_sessions end --user carol"


def test_how_long_and_another_api(owner):
    how_long, view, urls, keys = pages.blocks("how-to/refresh.md")
    for name in ("first", "second", "third"):
        owner.terminal(name).run(KEYS, seconds=START_SECONDS)
    for block in (how_long, view, urls, keys):
        owner.follow(block)
    owner.check()
    owner.start()
    visitor, page = owner.sign_in("carol", "/stock/")
    assert json.loads(page.html) == {"name": "carol"}
    told = json.loads(visitor.open("/oidc/session/").html)
    signed_in, ends = (datetime.fromisoformat(told[key]) for key in ("signed_in_at", "expires_at"))
    assert ends - signed_in == timedelta(hours=12)


def test_sessions_of_another_engine(owner):
    cached, cookies = pages.blocks("how-to/session-engines.md")
    owner.follow(cached)
    owner.check()
    owner.follow(cookies)
    owner.start()
    visitor, page = owner.sign_in("carol")
    assert page.status == 200
    assert "Ended 1 session." in owner.terminal("third").run(END, seconds=START_SECONDS)
    page = visitor.open("/admin/")
    assert page.status == 403 and "session.ended" in page.text
