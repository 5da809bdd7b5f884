"""A reader for each how-to: she has done the first part of the tutorial, with this Python and what it has installed."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.reader import START_SECONDS, Reader, environment, with_free_ports

PROGRAMS = Path(sys.executable).parent
SECRET = "beer-secret"


# A view that tests add, at `/may/`: what a visitor may do, by Django's own words.
MAY = """
from django.http import JsonResponse


def may(request):
    user = request.user
    names = [name for name in ("view", "add", "change", "delete") if user.has_perm(f"beers.{name}_beer")]
    groups = sorted(group.name for group in user.groups.all())
    return JsonResponse({"name": user.get_username(), "may": names, "groups": groups, "staff": user.is_staff})
"""
ITS_ADDRESS = """
from beers.may import may

urlpatterns += [path("may/", may)]
"""


class Owner(Reader):
    """The owner of a project that the tutorial left behind; she follows a how-to in it."""

    def __init__(self, folder):
        project = folder / "brewery"
        site, self.provider_port, changes = with_free_ports()
        own = environment(PROGRAMS, BEER_CLIENT_SECRET=SECRET)
        super().__init__(project, project, own, changes)
        self.base_url = f"http://127.0.0.1:{site}"
        self._site = site
        project.mkdir()
        subprocess.run([PROGRAMS / "django-admin", "startproject", "brewery", project], check=True, env=own)
        (project / "beers").mkdir()
        (project / "beers" / "__init__.py").touch()
        for block in pages.blocks("tutorial/development-provider.md"):
            if block.file:
                self.follow(block)

    def add(self, file, text):
        """Write something of our own at the end of a file, with the same ports."""
        path = self.project / file
        before = path.read_text() if path.exists() else ""
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{before}\n{self.change(text)}")

    def run(self, command):
        """Type a command of our own; what it wrote comes back."""
        return self.terminal().run(command, seconds=START_SECONDS)

    def in_shell(self, code):
        """Run lines of Python in the project; what they wrote comes back. No single quotes."""
        return self.terminal("third").run(f"python manage.py shell -c '{code}'", seconds=START_SECONDS)

    def check(self, *options):
        """Let Django look over the project: every message about Relyant fails the test."""
        return self.run(f"python manage.py check --fail-level WARNING {' '.join(options)}")

    def make_database(self):
        self.run("python manage.py makemigrations -v 0 beers && python manage.py migrate -v 0")

    def start(self):
        """Start the development provider and the site, as the tutorial does."""
        self.make_database()
        self.terminal("second").leave_running("python manage.py relyant_provider")
        self.terminal("second").wait_for("Development provider at", seconds=START_SECONDS)
        self.terminal().leave_running(f"python manage.py runserver --noreload {self._site}")
        self.wait_for_the_site()

    def set_person(self, name, **changed):
        """Change somebody at the development provider, or let somebody new join."""
        self.tell_provider(f"people/{name}", **changed)

    def tell_provider(self, what, **message):
        """Change the running development provider; what it says comes back."""
        address = f"http://127.0.0.1:{self.provider_port}/_control/{what}"
        headers = {"X-Relyant-Control": "1"}
        request = urllib.request.Request(address, json.dumps(message).encode(), headers)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as said:
            return json.loads(said.read() or b"null")

    def sign_in(self, name, path="/admin/"):
        """A new visitor who signs in by a click, and the page that she comes to."""
        visitor = self.visitor(self.base_url)
        page = visitor.open(f"/oidc/login/?next={path}")
        return visitor, visitor.choose(name, page)


@pytest.fixture
def owner(tmp_path):
    one = Owner(tmp_path)
    yield one
    one.close()


class Rights:
    """What people may do in an owner's project, as a page says to whoever signs in there."""

    def __init__(self, owner):
        self._owner = owner
        owner.add("beers/may.py", MAY)
        owner.add("brewery/urls.py", ITS_ADDRESS)

    def of(self, name):
        _visitor, page = self._owner.sign_in(name, "/may/")
        assert page.status == 200, page.text
        return json.loads(page.html)

    def lets_in(self, name):
        """Whether the policy lets her in."""
        _visitor, page = self._owner.sign_in(name, "/may/")
        assert page.status == 200 or (page.status == 403 and "decision.not_allowed" in page.text), page.text
        return page.status == 200


@pytest.fixture
def rights(owner):
    return Rights(owner)
