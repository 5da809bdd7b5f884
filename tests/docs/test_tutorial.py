"""The tutorial's first part, carried out from its page in a clean environment; every row of its tables is true."""

from __future__ import annotations

import pytest

from tests.docs import pages
from tests.docs.newcomer import Newcomer, may

PAGE = "tutorial/development-provider.md"
MAY = "what the admin lets her do with beers"


@pytest.fixture
def newcomer(tmp_path):
    one = Newcomer(tmp_path)
    yield one
    one.close()


def sign_in(visitor, name):
    return visitor.choose(name, visitor.open("/admin/"))


def test_a_newcomer_reaches_the_scenario(newcomer, capsys):
    *before, take_away = pages.blocks(PAGE)
    first, after = pages.tables(PAGE)
    for block in before:
        newcomer.follow(block)
    visitor = newcomer.visitor()
    for row in first:
        page = sign_in(visitor, row["person"])
        if row["person"] == "adam":
            page = visitor.open("/admin/beers/beer/add/")
            page = visitor.browser.submit(page.form(having="name"), name="Porter", strength="5.6")
            assert "was added successfully" in page.text
        assert may(visitor) == row[MAY], row["person"]
        if row[MAY] == "nothing":
            assert page.status == 403
            assert all(role in page.text for role in ("customers", "creators", "admins"))
        else:
            assert visitor.sign_out("/admin/").link("Sign in again")
    newcomer.follow(take_away)
    visitor = newcomer.visitor()
    for row in after:
        sign_in(visitor, row["person"])
        assert may(visitor) == row[MAY]
    with capsys.disabled():
        print(newcomer.report(PAGE))
