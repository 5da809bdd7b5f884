"""The pages on how long a session lasts and on what keeps it, carried out."""

from __future__ import annotations

import json

from tests.docs import pages

ENGINES = ("db", "cached_db", "cache", "file", "signed_cookies")
KEY = "a-key-of-the-beer-site-alone-0123456789"


def test_refresh(owner):
    lifetimes, stock, urls, keys = pages.blocks("how-to/refresh.md")
    for block in (lifetimes, stock, urls, keys):
        owner.follow(block)
    for name in ("first", "second"):
        owner.terminal(name).run(f"export BEER_TOKEN_KEY={KEY}", seconds=10)
    owner.check()
    owner.start()
    _visitor, page = owner.sign_in("carol", "/stock/")
    assert json.loads(page.html) == {"name": "carol"}


def test_a_session_that_the_provider_ends(owner):
    """Who was disabled meets a page that says so, once her access token has aged."""
    owner.follow(pages.blocks("how-to/refresh.md")[0])
    owner.start()
    visitor, page = owner.sign_in("chris", "/admin/")
    assert page.status == 200
    owner.set_person("chris", disabled=True)
    age = """from django.contrib.sessions.models import Session
for one in Session.objects.all():
    store = one.get_session_store_class()(one.session_key)
    store["relyant"] = {**store["relyant"], "renew_at": 1}
    store.save()"""
    owner.in_shell(age)
    page = visitor.open("/admin/")
    assert page.status == 403 and "Your session has ended" in page.text


def test_session_engines(owner):
    cached, cookies = pages.blocks("how-to/session-engines.md")
    owner.follow(cached)
    owner.check()
    owner.follow(cookies)
    owner.start()
    visitor, page = owner.sign_in("chris", "/admin/")
    assert page.status == 200 and visitor.open("/admin/").status == 200


def test_the_table_has_each_engine_of_django():
    """What it says of each is held by tests/journeys/test_session_costs.py and test_access_token.py."""
    (table,) = pages.tables("how-to/session-engines.md")
    assert [row["`SESSION_ENGINE` ends with"].strip("`") for row in table if row] == list(ENGINES)
