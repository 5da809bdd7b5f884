"""A healthy project, the doctor to examine it, and a browser for the logins that the doctor opens."""

from __future__ import annotations

import io
import json
import threading
import urllib.request
import webbrowser
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command

BASE_URL = "http://127.0.0.1:8000"
_loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Examined:
    """What one run of the doctor said."""

    code: int
    text: str
    progress: str

    @property
    def report(self):
        return json.loads(self.text)

    @property
    def findings(self):
        return self.report["findings"]

    @property
    def ids(self):
        return [finding["id"] for finding in self.findings]


@pytest.fixture
def project(db, relyant_provider, configure, settings):
    """The Beer site, with the development provider and an address of its own; Carol's e-mail is verified."""
    configure({"BASE_URL": BASE_URL})
    verify_email(relyant_provider, "carol")
    return settings


def verify_email(provider, person, **claims):
    """Give a person a verified address, and further claims."""
    address = {"name": "Carol Cask", "email": f"{person}@brewery.example", "email_verified": True}
    provider.set_claims(person, {**address, **claims})


@pytest.fixture
def examine(project):
    """Run the doctor: `examine()` gives its report, `examine(as_json=False)` its words."""

    def run(*arguments, as_json=True):
        stdout, stderr = io.StringIO(), io.StringIO()
        code = 0
        try:
            call_command(
                "relyant_doctor", *(["--json"] if as_json else []), *arguments, stdout=stdout, stderr=stderr
            )
        except SystemExit as end:
            code = end.code
        return Examined(code, stdout.getvalue(), stderr.getvalue())

    return run


@pytest.fixture
def examine_login(examine, relyant_provider, monkeypatch):
    """Run the doctor with `--login`; the browser that it opens signs in as the given person."""
    visits = []

    def visit(url, person):
        target = relyant_provider.callback(url, person)
        (redirect_uri,) = parse_qs(urlsplit(url).query)["redirect_uri"]
        host = urlsplit(redirect_uri).netloc
        _loopback.open(f"http://{host}{target}", timeout=10).close()

    def run(*arguments, person="carol", **how):
        def open_browser(url):
            visits.append(threading.Thread(target=visit, args=(url, person)))
            visits[-1].start()

        monkeypatch.setattr(webbrowser, "open", open_browser)
        try:
            return examine("--login", "--port", "0", "--timeout", "20", *arguments, **how)
        finally:
            for thread in visits:
                thread.join(20)

    return run
