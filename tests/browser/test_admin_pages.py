"""Our pages in the admin, stock and Unfold: what we add has no grave accessibility fault, and fits its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.test_looks import LOOKS, NARROW, SCREENSHOTS, SETTLE

OURS = ".relyant-rights"


@pytest.fixture(params=["admin", "unfold"])
def adam(request, visit, provider):
    """A superuser in the admin of a site where one came in, one hasn't, and one doesn't any more."""

    def come(name):
        visitor = visit(request.param)
        visitor.open("/oidc/login/?next=/me/")
        visitor.choose(name)
        return visitor

    for name in ("carol", "chris"):
        come(name).expect_at("/me/")
    provider.set_roles("carol", ["guests"])
    for name in ("nora", "carol"):
        come(name).expect_heading("You may not come in")
    visitor = visit(request.param, locale="en-GB")
    visitor.open_as("adam", "/admin/")
    visitor.theme = request.param
    return visitor


def follow(visitor, address, link=None):
    """Open a page of the admin, and the one that a link on it leads to."""
    visitor.open(address)
    if link:
        visitor.page.get_by_role("link", name=link, exact=True).first.click()
    visitor.page.wait_for_load_state()


def follow_here(page, link):
    """Follow a link of the page that is open."""
    page.get_by_role("link", name=link, exact=True).click()
    page.wait_for_load_state()


# Each page by its name: where it is, the link to it from there, and whether a part of it is ours.
PAGES = {
    "user": ("/admin/auth/user/", "chris", True),
    "user-refused": ("/admin/auth/user/", "carol", True),
    "identities": ("/admin/relyant/linkedidentity/", None, False),
    "identity": ("/admin/relyant/linkedidentity/", "chris", True),
    "events": ("/admin/relyant/event/", None, False),
    "event": ("/admin/relyant/event/?kind__exact=refused", "EVENT", False),
    "unlinking": ("/admin/relyant/linkedidentity/", "UNLINK", True),
    "sessions": ("/admin/relyant/usersession/", None, False),
    "session": ("/admin/relyant/usersession/", "chris", False),
    "ending": ("/admin/relyant/usersession/", "END", True),
    "policy": ("/admin/relyant/linkedidentity/policy/", None, True),
    "policy-users": ("/admin/relyant/linkedidentity/policy/?provider=keycloak&rule=staff", None, True),
}


# The admin's own tables scroll.
LISTS = ("identities", "events", "sessions")


def test_who_administers_can_read_and_use_each_page(adam):
    page = adam.page
    Path(SCREENSHOTS).mkdir(exist_ok=True)
    for name, (address, link, is_ours) in PAGES.items():
        if link == "EVENT":
            adam.open(address)
            page.locator("#result_list tbody a").first.click()
            page.wait_for_load_state()
        elif link == "UNLINK":
            follow(adam, address, "chris")
            page.goto(page.url.replace("/change/", "/delete/"))
        elif link == "END":
            follow(adam, address, "chris")
            follow_here(page, "End this session")
        else:
            follow(adam, address, link)
        for look, (size, scheme) in LOOKS.items():
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            # A theme may ask for the scheme as it loads, and never again.
            page.reload()
            page.evaluate(SETTLE)
            page.screenshot(path=SCREENSHOTS / f"{adam.theme}-{name}-{look}.png", full_page=True)
            if not address.startswith("/admin/auth/") and name not in LISTS:
                assert adam.overhang() == 0, (name, look)
            if is_ours:
                assert axe.grave_faults(page, OURS) == [], (name, look)
                assert fits(page), (name, look)
        page.set_viewport_size(LOOKS["light"][0])


def fits(page):
    """Whether what is ours is no wider than the place that it has."""
    return page.locator(OURS).evaluate(
        "part => part.scrollWidth <= part.clientWidth && part.getBoundingClientRect().right <= innerWidth"
    )


# Unfold's own tables scroll.
@pytest.mark.parametrize("adam", ["admin"], indirect=True)
def test_no_column_of_the_linked_identities_is_cut(adam):
    """A laptop's width, less its scroll bar; the menu and the filters stand beside the list."""
    adam.page.set_viewport_size({"width": 1200, "height": 800})
    adam.open("/admin/relyant/linkedidentity/")
    width = "box => box.scrollWidth - box.clientWidth"
    assert adam.page.locator("#changelist .results").evaluate(width) == 0
    assert adam.overhang() == 0


def test_the_panel_says_why(adam):
    follow(adam, "/admin/auth/user/", "chris")
    panel = adam.page.get_by_role("region", name="Why this user has these rights")
    expect(panel.get_by_role("heading", name="Rights from Keycloak")).to_be_visible()
    expect(panel).to_contain_text(
        "group creators because role creators in realm_access.roles of the access token"
    )
    panel.get_by_role("link", name="This linked identity").click()
    expect(adam.page.locator(OURS)).to_contain_text("group creators because role creators")


def test_unlinking_several_says_what_came_by_each(adam):
    adam.open("/admin/relyant/linkedidentity/")
    page = adam.page
    for name in ("chris", "adam"):
        page.locator(f"tr:has(a:text-is('{name}')) input.action-select").check()
    page.locator("select[name=action]").select_option("delete_selected")
    # Unfold shows its button when a script of its own has noticed the choice.
    page.locator("#changelist-form").evaluate("form => form.submit()")
    for name, right in (("chris", "group creators, staff"), ("adam", "staff, superuser")):
        expect(page.locator(OURS)).to_contain_text(f"{name} (Keycloak): {right}")
    for look, (size, scheme) in LOOKS.items():
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLE)
        page.screenshot(path=SCREENSHOTS / f"{adam.theme}-unlinking-several-{look}.png", full_page=True)
        assert axe.grave_faults(page, OURS) == [], look
        assert fits(page), look


def test_in_another_language(adam, visit):
    """The words of the panel come from the catalogues."""
    visitor = visit(adam.theme, locale="de-DE")
    visitor.open_as("adam", "/admin/")
    follow(visitor, "/admin/auth/user/", "chris")
    page = visitor.page
    page.screenshot(path=SCREENSHOTS / f"{adam.theme}-user-german.png", full_page=True)
    expect(page.locator(OURS)).to_contain_text("Keycloak")
    assert "because role" not in page.locator(OURS).inner_text()
    page.set_viewport_size(NARROW)
    assert fits(page)
    page.set_viewport_size(LOOKS["light"][0])
    for name in ("unlinking", "policy", "events"):
        address, link, is_ours = PAGES[name]
        follow(visitor, address, "chris" if link else None)
        if name == "unlinking":
            page.goto(page.url.replace("/change/", "/delete/"))
        page.screenshot(path=SCREENSHOTS / f"{adam.theme}-{name}-german.png", full_page=True)
        assert not is_ours or fits(page)
