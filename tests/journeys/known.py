"""A browser with a session at the provider, whom nobody asks who she is."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.test import Client


def begin(browser, next_url="/members/", provider=None, **extra) -> str:
    query = {"next": next_url, **({"provider": provider} if provider else {})}
    return browser.get("/oidc/login/", query, **extra)["Location"]


class Known(Client):
    """A browser that is signed in at the provider, whose session spares the sign-in where it is good enough."""

    def __init__(self, provider, person="carol"):
        super().__init__()
        self.provider, self.person, self.provider_cookie = provider, person, None

    def sign_in(self, next_url="/members/"):
        """The callback's answer, and whether the provider asked who she is."""
        answer, was_asked = self.answer(begin(self, next_url))
        return self.get(answer), was_asked

    def answer(self, request):
        """The callback's address, and whether the provider asked who she is."""
        given = {"Cookie": self.provider_cookie} if self.provider_cookie else {}
        page = self.provider._ask(request, None, given)
        was_asked = page.headers["Location"] is None
        if was_asked:
            page = self.provider._ask(request, urlencode({"person": self.person}).encode(), given)
            self.provider_cookie = page.headers["Set-Cookie"].partition(";")[0]
        address = urlsplit(page.headers["Location"])
        return f"{address.path}?{address.query}", was_asked
