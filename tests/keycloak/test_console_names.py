"""The how-tos name what Keycloak's own console and command line call it."""

from __future__ import annotations

import re
import subprocess
import zipfile

import pytest

import keycloak as keycloak_server
from tests.docs import pages

PAGES = {
    "how-to/keycloak.md": 20,
    "how-to/keycloak-roles.md": 30,
    "how-to/staff-and-superusers.md": 4,
    "how-to/limit-who-may-enter.md": 4,
    "how-to/link-accounts.md": 5,
    "how-to/second-factor.md": 12,
    "how-to/authorization-request.md": 4,
    "how-to/private-key.md": 8,
    "how-to/encryption.md": 9,
    "how-to/single-sign-out.md": 8,
    "how-to/refresh.md": 1,
    "how-to/proxy.md": 0,
}
MESSAGES = "theme/keycloak.v2/admin/messages/messages_en.properties"


@pytest.fixture(scope="module")
def distribution(able_to_run_keycloak):
    return keycloak_server._fetch(print)


@pytest.fixture(scope="module")
def words(distribution):
    """Every text of the console."""
    (jar,) = (distribution / "lib" / "lib" / "main").glob("org.keycloak.keycloak-admin-ui-*.jar")
    with zipfile.ZipFile(jar) as opened:
        lines = opened.read(MESSAGES).decode().splitlines()
    return {
        value.strip().lower()
        for _key, separator, value in (line.partition("=") for line in lines)
        if separator
    }


@pytest.mark.parametrize(("page", "at_least"), PAGES.items())
def test_the_console_has_every_knob_that_the_page_names(words, page, at_least):
    named = re.findall(r"\*\*([^*]+)\*\*", pages.read(page))
    assert len(named) > at_least
    assert not [name for name in named if name.lower() not in words]


def test_the_command_line_has_the_option_that_the_page_on_proxies_names(distribution):
    answer = subprocess.run(
        [distribution / "bin" / "kc.sh", "start", "--help"],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    (option,) = set(re.findall(r"`(--[a-z-]+) https://sso", pages.read("how-to/proxy.md")))
    assert f"{option} <" in answer.stdout
