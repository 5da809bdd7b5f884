"""A visitor of a site that demands how she signed in: her browser keeps the provider's cookies, too."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

HOUR = 3600
AGAIN = "/oidc/again/"


class Visitor(Client):
    """A browser that keeps the cookies of the provider as well as those of the site."""

    def __init__(self, provider, person="carol", **how):
        super().__init__(**how)
        self.provider, self.person, self.provider_cookie = provider, person, None
        self.was_asked = 0

    def answer(self, request):
        """What the provider sends the browser back to: the path and query of the callback."""
        given = {"Cookie": self.provider_cookie} if self.provider_cookie else {}
        page = self.provider._ask(request, None, given)
        if page.headers["Location"] is None:
            self.was_asked += 1
            page = self.provider._ask(request, urlencode({"person": self.person}).encode(), given)
            self.provider_cookie = page.headers["Set-Cookie"].partition(";")[0]
        address = urlsplit(page.headers["Location"])
        return f"{address.path}?{address.query}"

    def go(self, path, hops=12):
        """Go to a page, and wherever that leads, as a browser does; never further than one would."""
        for _ in range(hops):
            response = self.get(path)
            if response.status_code not in (302, 303):
                return response
            path = response["Location"]
            if path.startswith(self.provider.issuer):
                path = self.answer(path)
        raise AssertionError(f"the browser goes in circles, at {path}")

    def sign_in(self, ago=0):
        """Sign in at the provider so many seconds ago, and at the site now."""
        self.answer(self.get("/oidc/login/", {"next": "/beers/"})["Location"])
        self.provider.age_sessions(ago)
        assert words(self.go("/oidc/login/?next=/beers/")) == f"seen by {self.person}"
        self.was_asked = 0
        return self

    def asked(self, path):
        """What the provider is asked for where a page leads there by our own address."""
        again = self.get(path)["Location"]
        assert again.startswith(f"{AGAIN}?demand=")
        return parse_qs(urlsplit(self.get(again)["Location"]).query)


def words(response):
    assert response.status_code == 200, response.content
    return response.content.decode()


def code(response):
    return response.content.decode().partition("/oidc/codes/")[2].partition("/")[0]


def again_of(response):
    """Where the page's button leads."""
    address = response.content.decode().partition(f'href="{AGAIN}')[2].partition('"')[0]
    return AGAIN + address.replace("&amp;", "&")
