"""A person with a browser of her own: the steps that the tests are written in."""

from __future__ import annotations

import re

from playwright.sync_api import expect

PEOPLE_PAGE = "Who are you today?"


class Visitor:
    """Somebody known nowhere yet, at one site; she notes what her browser complains of."""

    def __init__(self, context, base_url, complaints):
        self.context = context
        self.base_url = base_url
        self.complaints = complaints
        self.page = context.new_page()

    def new_tab(self):
        """The same person in another tab."""
        return Visitor(self.context, self.base_url, self.complaints)

    def open(self, path):
        """Open a page of the site."""
        return self.page.goto(self.base_url + path)

    def choose(self, name):
        """Click a person on the provider's page."""
        self.expect_people()
        self.page.locator(f"button[name=person][value={name}]").click()

    def open_as(self, name, path, end=None):
        """Open a page for whose sake the site sends her to the provider, and be somebody there."""
        self.open(path)
        self.choose(name)
        self.expect_at(end or path)

    def sign_in_here(self, name):
        """Sign in to the admin with a password of the site's own, which is the name."""
        self.enter_password(name)
        self.expect_at("/admin/")

    def enter_password(self, name):
        """Fill in the admin's own form, wherever that leads."""
        self.open("/admin/login/?local=1")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(name)
        self.page.get_by_role("button", name="Log in").click()

    def go_back(self):
        """Press the back button; a page from memory loads nothing that one could wait for."""
        self.page.go_back(wait_until="commit")

    def come_from_elsewhere(self, path):
        """Follow a link on a page of another site."""
        address = "http://elsewhere.test/"
        page = f"<!doctype html><title>Elsewhere</title><a href='{self.base_url + path}'>There</a>"
        self.page.route(address, lambda route: route.fulfill(body=page, content_type="text/html"))
        self.page.goto(address)
        self.page.get_by_role("link").click()

    def sign_out(self):
        """Press the page's button for it, the site's or the admin's."""
        self.page.get_by_role("button", name=re.compile("^(Sign|Log) out$")).click()

    def overhang(self):
        """By how many pixels the page is wider than what she sees of it."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def expect_people(self):
        """The provider asks who she is."""
        self.expect_heading(PEOPLE_PAGE)

    def expect_heading(self, text):
        """The page that says this is there, to its end."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)
        self.page.wait_for_load_state()

    def expect_code(self, code):
        """A page says why it goes no further."""
        expect(self.page.locator("dl.reference dd").first).to_have_text(code)
        self.page.wait_for_load_state()

    def expect_at(self, path):
        """The page of this address is there, to its end."""
        expect(self.page).to_have_url(self.base_url + path)
        self.page.wait_for_load_state()

    def expect_at_callback(self):
        expect(self.page).to_have_url(re.compile(re.escape(f"{self.base_url}/oidc/callback/")))
        self.page.wait_for_load_state()

    def cookies(self):
        """The site's cookies by name, as the browser keeps them."""
        return {cookie["name"]: cookie for cookie in self.context.cookies(self.base_url)}
