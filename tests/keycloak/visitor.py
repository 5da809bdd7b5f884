"""What a person does at a site and at its provider: the steps that the tests are written in."""

from __future__ import annotations

BEER = {"name": "Test Brew", "style": "stout", "strength": "6.0"}


class Visitor:
    """A person with a browser, at one site."""

    def __init__(self, browser, base_url):
        self.browser = browser
        self.base_url = base_url

    def open(self, path, **how):
        """Open a page of the site."""
        return self.browser.get(self.base_url + path, **how)

    def open_as(self, name, path):
        """Open a page for whose sake the site sends her to Keycloak, and sign in there."""
        return self.sign_in(name, self.open(path))

    def sign_in(self, name, page):
        """Fill in Keycloak's form."""
        return self.browser.submit(page.form(having="username"), username=name, password=name)

    def choose(self, name, page):
        """Click a person on the development provider's page."""
        return self.browser.submit(page.form(having="person"), person=name)

    def callback_as(self, name, path="/oidc/login/"):
        """Sign in at Keycloak, but stay before the callback: its address."""
        form = self.open(path).form(having="username")
        answer = self.browser.submit(form, follow=False, username=name, password=name)
        assert answer.status == 302, answer.text
        assert answer.location.startswith(f"{self.base_url}/oidc/callback/keycloak/")
        return answer.location

    def sign_out(self, path="/", to="logout"):
        """Press "Sign out" (or the admin's "Log out") on a page, and go wherever it leads."""
        page = self.open(path)
        return self.browser.submit(page.form(to=to))

    def rights(self):
        """What the admin really lets her do with beers, by asking for each page."""
        listing = self.open("/admin/beers/beer/")
        if listing.status != 200:
            return set()
        change = self.open("/admin/beers/beer/1/change/")
        allowed = {"view"} if change.status == 200 else set()
        allowed |= {"add"} if self.open("/admin/beers/beer/add/").status == 200 else set()
        allowed |= {"change"} if any("_save" in form.buttons for form in change.forms) else set()
        allowed |= {"delete"} if self.open("/admin/beers/beer/1/delete/").status == 200 else set()
        return allowed
