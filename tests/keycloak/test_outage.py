"""Keycloak is down, or hangs: a page with 503 within the deadline, and sign-in works again once it is back.

Nothing here is timed with a watch, which on a busy machine measures the machine. While Keycloak hangs, a page
comes because the site gave up; that it did so by its deadline for the whole exchange stands in its log; and
that it told the visitor before long is held by the browser, which waits for 30 s: the deadline of 5 s, and the
rest for the page itself.
"""

from __future__ import annotations

import time

import pytest

DEADLINE_PASSED = "`127.0.0.1` didn't answer within 5 s"
NO_CONNECTION = "no connection to `127.0.0.1`"
BACK_SECONDS = 60


@pytest.fixture
def hanging(keycloak):
    """Makes Keycloak hang; it goes on at the end of the test."""
    yield keycloak.suspend
    keycloak.resume()


@pytest.fixture
def down(keycloak):
    """Stops Keycloak; it is started again at the end of the test."""
    yield keycloak.stop
    if not keycloak.alive():
        keycloak.start()


def assert_unavailable(page, website, code, reason):
    """What the visitor reads, and what the log says about it to the operator."""
    assert page.status == 503, page.text
    assert int(page.headers["Retry-After"]) > 0
    assert "can't be reached" in page.text
    assert code in page.text
    reference = page.text.rsplit("Reference ", 1)[1].split()[0]
    (line,) = [line for line in website.log.read_text().splitlines() if reference in line]
    assert code in line
    assert reason in line


def signs_in_again(visit, website):
    """Whether sign-in works before long; the site may leave a failing Keycloak alone for a while."""
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        visitor = visit(website)
        page = visitor.open("/admin/")
        if page.status == 200:
            return visitor.browser.submit(page.form(having="username"), username="carol", password="carol")
        assert page.status == 503
        time.sleep(0.5)
    return page


def test_a_hanging_keycloak_at_the_callback(visit, website, hanging):
    visitor = visit()
    callback = visitor.callback_as("carol")
    hanging()
    assert_unavailable(visitor.browser.get(callback), website, "unavailable.timeout", DEADLINE_PASSED)
    # The rest of the site goes on.
    assert visitor.open("/").status == 200


def test_after_a_hanging_keycloak_sign_in_works_again(visit, website, keycloak, hanging):
    visitor = visit()
    callback = visitor.callback_as("carol")
    hanging()
    assert visitor.browser.get(callback).status == 503
    keycloak.resume()
    page = signs_in_again(visit, website)
    assert page.url.endswith("/admin/")


def test_a_hanging_keycloak_that_was_never_asked_before(visit, start_site, hanging):
    """Without provider metadata there is nowhere to send the visitor."""
    website = start_site()
    hanging()
    assert_unavailable(visit(website).open("/admin/"), website, "unavailable.timeout", DEADLINE_PASSED)


def test_keycloak_down_and_back(visit, website, start_site, keycloak, down):
    fresh = start_site()
    signed_in, waiting = visit(), visit()
    signed_in.open_as("carol", "/admin/")
    callback = waiting.callback_as("chris")
    down()
    assert_unavailable(waiting.browser.get(callback), website, "unavailable.connect", NO_CONNECTION)
    page = visit(fresh).open("/oidc/login/?next=/me/")
    assert_unavailable(page, fresh, "unavailable.connect", NO_CONNECTION)
    # Who is signed in stays so.
    assert signed_in.rights() == {"view"}
    keycloak.start()
    for site in (website, fresh):
        assert signs_in_again(visit, site).url.endswith("/admin/")
