"""The four people of the demo click themselves in; the admin shows each what her roles allow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

BEERS = "/admin/beers/beer/"


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("carol", {"View"}),
        ("chris", {"Add", "Change"}),
        ("adam", {"Add", "Change"}),
    ],
)
def test_the_admin_offers_what_the_roles_allow(visit, name, links):
    visitor = visit()
    visitor.open_as(name, "/admin/")
    beers = visitor.page.locator("tr.model-beer")
    offered = {text.strip() for text in beers.locator("td").all_inner_texts()}
    assert offered - {""} == links
    assert visitor.page.locator(".module.app-auth").count() == (name == "adam")


def test_carol_looks_at_a_beer_and_may_change_nothing(visit):
    visitor = visit()
    visitor.open_as("carol", BEERS)
    expect(visitor.page.get_by_role("link", name="Add beer")).to_have_count(0)
    visitor.page.locator("#result_list tbody th a").first.click()
    visitor.expect_heading("View beer")
    expect(visitor.page.get_by_role("textbox", name="Name")).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="Save", exact=True)).to_have_count(0)


def test_chris_adds_a_beer_and_changes_it_but_may_not_delete_it(visit):
    visitor = visit()
    visitor.open_as("chris", "/admin/beers/beer/add/")
    visitor.page.get_by_label("Name").fill("Chris's own")
    visitor.page.get_by_label("Style").select_option("Stout")
    visitor.page.get_by_label("Strength").fill("6.5")
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    visitor.page.get_by_role("link", name="Chris's own").last.click()
    visitor.page.get_by_label("Strength").fill("7.0")
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    expect(visitor.page.locator(".messagelist .success")).to_contain_text("changed successfully")
    visitor.page.get_by_role("link", name="Chris's own").last.click()
    expect(visitor.page.get_by_role("link", name="Delete")).to_have_count(0)


def test_adam_may_delete(visit):
    visitor = visit()
    visitor.open_as("adam", BEERS)
    visitor.page.locator("#result_list tbody th a").first.click()
    visitor.page.get_by_role("link", name="Delete").click()
    expect(visitor.page.get_by_role("button", name="Yes, I’m sure")).to_be_visible()


def test_nora_is_told_why_she_may_not_enter(visit):
    visitor = visit()
    visitor.open("/admin/")
    visitor.choose("nora")
    visitor.expect_heading("You may not use this part of the site")
    text = visitor.page.locator("main").inner_text()
    assert "You are signed in as nora." in text
    for role in ("customers", "creators", "admins"):
        assert role in text
    reference = dict(
        zip(
            visitor.page.locator("dl.reference dt").all_inner_texts(),
            visitor.page.locator("dl.reference dd").all_inner_texts(),
            strict=True,
        )
    )
    assert reference["Code"] == "decision.not_staff"
    assert re.fullmatch(r"\S{6,}", reference["Reference"])
    assert "Traceback" not in text
