"""The concepts say what the code does: each check has its place, the diagram is what a login's trace draws."""

from __future__ import annotations

import re

from relyant import errors
from tests.docs import pages

CHECKED_KINDS = ("transaction", "misbehaved", "incompatible", "invalid_token")
# No login by a provider meets these: they are of the tokens of a refresh, a logout, and of an emergency login.
OF_OTHER_DOORS = (
    "invalid_token.refreshed_",
    "invalid_token.logout_token_",
    "incompatible.encrypted_logout_token",
    "transaction.break_glass_",
    "transaction.front_channel_logout_",
)


def test_every_check_of_a_login_is_on_the_page_on_what_we_verify():
    catalogue = {code: kind for code, kind, _meaning in errors.catalogue()}
    named = re.findall(r"`([a-z0-9_]+\.[a-z0-9_]+)`", pages.read("concepts/what-we-verify.md"))
    assert set(named) <= set(catalogue)
    checked = {code for code, kind in catalogue.items() if kind in CHECKED_KINDS}
    assert {code for code in checked if not code.startswith(OF_OTHER_DOORS)} <= set(named)
    assert len(set(named)) == len(named), "a check has one place"
