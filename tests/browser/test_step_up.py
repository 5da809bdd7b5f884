"""The admin asks for another sign-in, in a real browser: she makes it, and goes on where she was."""

from __future__ import annotations

import pytest

from tests.browser.endings import grow_old
from tests.browser.serve import LOCAL_ADMIN


# SE-08
@pytest.mark.parametrize("site", ["step-up", "https-step-up-strict", "https-step-up-form"])
def test_the_admin_asks_once_and_she_goes_on(visit, provider, site):
    provider.set_acr("adam", ["gold"])
    visitor = visit(site)
    visitor.open("/oidc/login/?next=/me/")
    visitor.choose("adam")
    visitor.expect_heading("Adam Ale")
    visitor.open("/admin/auth/user/")
    visitor.choose("adam")
    visitor.expect_at("/admin/auth/user/")
    visitor.open("/admin/")
    visitor.expect_heading("Site administration")
    visitor.go_back()
    visitor.expect_at("/admin/auth/user/")


def test_a_form_that_she_filled_in_meanwhile_is_sent_after_it(visit, provider):
    visitor = visit("step-up-fresh")
    visitor.open_as("adam", "/admin/")
    visitor.open("/admin/auth/group/add/")
    visitor.page.get_by_label("Name:").fill("Zwickl ÄÖÜ 🍺")
    grow_old(visitor)
    provider.age_sessions(3600)
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    visitor.expect_heading("This needs a fresh sign-in")
    tab = visitor.new_tab()
    tab.page.close()
    with visitor.context.expect_page() as opened:
        visitor.page.get_by_role("link", name="Sign in in another tab").click()
    tab.page = opened.value
    tab.choose("adam")
    tab.expect_at("/oidc/resend/")
    visitor.page.get_by_role("button", name="Send again").click()
    visitor.expect_heading("Send your form")
    visitor.page.get_by_role("button", name="Send").click()
    visitor.expect_at("/admin/auth/group/")
    assert visitor.page.get_by_role("link", name="Zwickl ÄÖÜ 🍺").first.is_visible()


# SE-08
def test_a_local_superuser_reads_what_it_takes_and_can_leave(visit):
    visitor = visit("step-up")
    visitor.enter_password(LOCAL_ADMIN)
    visitor.expect_heading("This needs a stronger sign-in")
    visitor.sign_out()
    visitor.expect_heading("You are signed out")
