"""The built site: every link and anchor inside it leads somewhere, and the anchors that others link to are there."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from relyant import check_catalogue, errors
from tests.docs.pages import DOCS
from writers import messages
from writers.markdown import anchor

SITE = DOCS / "_build" / "html"
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?")


class _Reader(HTMLParser):
    """Collects what a page links to and what can be linked to in it."""

    def __init__(self):
        super().__init__()
        self.targets = []
        self.words = []
        self.anchors = set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.targets += [given[name] for name in ("href", "src") if given.get(name)]
        self.anchors |= {given["id"]} if given.get("id") else set()

    def handle_data(self, data):
        self.words.append(data)


@cache
def read(path):
    reader = _Reader()
    reader.feed(path.read_text())
    return reader


@pytest.fixture(scope="module")
def built():
    found = sorted(path for path in SITE.rglob("*.html") if "_static" not in path.parts)
    assert found, "`make docs` builds the site"
    return found


def test_every_page_of_the_sources_is_built(built):
    sources = {
        path.relative_to(DOCS).with_suffix("") for path in DOCS.rglob("*.md") if "_build" not in path.parts
    }
    assert sources <= {path.relative_to(SITE).with_suffix("") for path in built}


def test_every_link_leads_somewhere(built):
    broken = []
    for page in built:
        for target in read(page).targets:
            if not leads_somewhere(page, target):
                broken.append(f"{page.relative_to(SITE)}: {target}")
    assert not broken


def leads_somewhere(page, target):
    """Whether a link inside the site has its page and its anchor; one to outside need only be well formed."""
    parts = urlsplit(target)
    if parts.scheme in ("mailto", "data"):
        return True
    if parts.scheme or parts.netloc:
        return parts.scheme in ("http", "https") and bool(HOST.fullmatch(parts.netloc))
    path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if path.is_dir():
        path /= "index.html"
    if not path.is_file() or not path.is_relative_to(SITE):
        return False
    return not parts.fragment or path.suffix != ".html" or unquote(parts.fragment) in read(path).anchors


def test_a_broken_link_would_be_found(tmp_path):
    page = SITE / "index.html"
    assert leads_somewhere(page, "troubleshooting.html#account-inactive")
    assert not leads_somewhere(page, "troubleshooting.html#no-such-code")
    assert not leads_somewhere(page, "no-such-page.html")
    assert not leads_somewhere(page, "https:///nowhere")


def test_every_code_and_check_has_its_anchor_in_troubleshooting():
    """The pages of a site link to them: an anchor follows from the code alone."""
    names = [code for code, _kind, _meaning in errors.catalogue()] + list(check_catalogue.CATALOGUE)
    anchors = [anchor(name) for name in names]
    assert len(set(anchors)) == len(anchors)
    assert set(anchors) <= read(SITE / "troubleshooting.html").anchors
    assert anchor("invalid_token.nonce_mismatch") == "invalid-token-nonce-mismatch"
    assert anchor("relyant.E001") == "relyant-e001"


def test_every_message_is_found_by_its_exact_words():
    """As they are on a page and in the log, to the quotation mark; only what varies is left open."""
    text = " ".join("".join(read(SITE / "troubleshooting.html").words).split())
    explained = [errors.explain(code) for code, _kind, _meaning in errors.catalogue()]
    said = {str(words) for one in explained for words in (one.title, one.visitor)}
    said |= {words for known in messages.patterns().values() for words in known}
    assert not [words for words in said if " ".join(words.split()) not in text]


def test_each_code_has_the_message_of_the_log():
    assert {code for code, _kind, _meaning in errors.catalogue()} <= set(messages.patterns())


def test_the_list_for_programs_names_every_page(built):
    text = (SITE / "llms.txt").read_text()
    named = set(re.findall(r"\]\(([^)]+\.html)\)", text))
    generated = {"genindex.html", "search.html", "index.html"}
    assert named == {path.relative_to(SITE).as_posix() for path in built} - generated
