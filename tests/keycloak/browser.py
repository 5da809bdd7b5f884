"""A browser without a screen: cookies, redirects and forms over plain HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlencode, urljoin

MAX_REDIRECTS = 12
TIMEOUT_SECONDS = 30


@dataclass
class Form:
    """A form of a page: where it goes, and what it would send unchanged."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


@dataclass
class Link:
    """A link of a page: where it leads, and what it says."""

    url: str
    text: str = ""


class _Reader(HTMLParser):
    """Collects the forms, the links and the words of a page."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.forms = []
        self.links = []
        self.words = []
        self._inside = self._link = None
        self._silent = 0
        self._select = self._textarea = None

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "a" and "href" in given:
            self._link = Link(urljoin(self.url, given["href"]))
            self.links.append(self._link)
        elif tag == "form":
            action = urljoin(self.url, given.get("action", ""))
            self._inside = Form(action, given.get("method", "get").lower())
            self.forms.append(self._inside)
        elif self._inside is not None:
            self._control(tag, given)

    def _control(self, tag, given):
        name, kind = given.get("name"), given.get("type", "")
        if kind == "submit" or tag == "button":
            self._inside.buttons.append(name or given.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._inside.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            self._inside.fields[name] = ""
        elif tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in given):
            self._inside.fields[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._silent -= 1
        elif tag == "a":
            self._link = None
        elif tag == "form":
            self._inside = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data):
        if self._textarea and self._inside is not None:
            self._inside.fields[self._textarea] += data
        elif not self._silent:
            self.words.append(data)
            if self._link is not None:
                self._link.text += data


@dataclass
class Page:
    """What the browser shows: the last answer, and every address on the way to it."""

    status: int
    url: str
    headers: object
    html: str
    trail: list[str]

    def __post_init__(self):
        reader = _Reader(self.url)
        reader.feed(self.html)
        self.forms = reader.forms
        self.links = reader.links
        self.text = " ".join(" ".join(reader.words).split())

    @property
    def location(self):
        """Where a redirect that wasn't followed leads."""
        target = self.headers.get("Location")
        return target and urljoin(self.url, target)

    def form(self, *, having=None, to=None):
        """The one form with a field or button of this name, or with this in its address."""
        fitting = [
            form
            for form in self.forms
            if (having is None or having in form.fields or having in form.buttons)
            and (to is None or to in form.action)
        ]
        assert len(fitting) == 1, f"{len(fitting)} such forms at {self.url}: {self.text[:300]}"
        return fitting[0]

    def link(self, text):
        """Where the one link with these words leads."""
        fitting = [link.url for link in self.links if link.text.strip() == text]
        assert len(fitting) == 1, f"{len(fitting)} such links at {self.url}: {self.text[:300]}"
        return fitting[0]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


class Browser:
    """One visitor with her cookies."""

    def __init__(self):
        # Browsers count loopback as secure; Keycloak relies on that with its `Secure` cookies.
        self.cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("https", "http")))
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.cookies),
            _NoRedirects(),
        )

    def get(self, url, *, follow=True):
        """Open an address, and go where its redirects lead unless told not to."""
        return self._go("get", url, None, follow)

    def submit(self, form, *, follow=True, **values):
        """Send a form with some of its fields changed."""
        fields = {**form.fields, **values}
        if form.method == "post":
            return self._go("post", form.action, urlencode(fields).encode(), follow)
        return self._go("get", f"{form.action}?{urlencode(fields)}", None, follow)

    def _go(self, method, url, body, follow):
        trail = []
        while True:
            referer = trail[-1] if trail else url
            trail.append(url)
            page = self._exchange(method, url, body, referer, trail)
            if not (follow and page.status in (301, 302, 303, 307, 308)):
                return page
            assert len(trail) <= MAX_REDIRECTS, f"redirected in circles: {trail}"
            method, url, body = "get", page.location, None

    def _exchange(self, method, url, body, referer, trail):
        request = urllib.request.Request(url, data=body, headers={"Referer": referer}, method=method.upper())
        try:
            answer = self._opener.open(request, timeout=TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            html = answer.read().decode(errors="replace")
        return Page(answer.status, url, answer.headers, html, list(trail))
