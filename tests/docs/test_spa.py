"""The how-to for front ends, carried out: what scripts are told, the helper's size, and the words about forms."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import relyant
from relyant.flows import kept_form, navigation
from tests.docs import pages

PAGE = "how-to/spa.md"
HELPER = Path(relyant.__file__).parent / "static" / "relyant" / "fetch.js"
COMMENT = re.compile(r"/\*\*.*?\*/", re.DOTALL)

# Asks the site as a script of `/beers/` does, with the cookies of somebody or of nobody.
ASK = """
import json
from django.test import Client
from django.contrib.auth import get_user_model
client = Client(SERVER_NAME="127.0.0.1")
script = {"HTTP_SEC_FETCH_MODE": "cors", "HTTP_REFERER": "http://127.0.0.1/beers/"}
print("said", client.get("/api/beers/", follow=True, **script).content.decode())
print("session", client.get("/oidc/session/", **script).content.decode())
print("page", client.get("/beers/").content.decode().count("relyant/fetch.js"))
"""


def told(answer, word):
    return json.loads(re.search(rf"^{word} (.*)$", answer, re.MULTILINE)[1])


def test_a_script_is_told_what_the_page_says(owner):
    refused, session, template, views, urls, *_scripts = pages.blocks(PAGE)
    for block in (template, views, urls):
        owner.follow(block)
    owner.check()
    owner.make_database()
    answer = owner.in_shell(ASK)
    assert told(answer, "said") == json.loads(refused.text)
    anonymous, documented = told(answer, "session"), json.loads(session.text)
    assert anonymous.keys() == documented.keys()
    assert [anonymous[key] for key in ("user", "provider", "signed_in_at", "expires_at")] == [None] * 4
    assert anonymous["login_url"] == documented["login_url"]
    assert told(answer, "page") == 1


def test_who_is_signed_in(owner):
    for block in pages.blocks(PAGE)[2:5]:
        owner.follow(block)
    owner.start()
    visitor, page = owner.sign_in("carol", "/api/beers/")
    assert json.loads(page.html) == {"beers": []}
    said, documented = json.loads(visitor.open("/oidc/session/").html), json.loads(pages.blocks(PAGE)[1].text)
    for key in ("authenticated", "user", "provider", "logout_url"):
        assert said[key] == documented[key]
    assert said["signed_in_at"] < said["expires_at"]


def test_the_helper_has_forty_lines_and_no_dependency():
    text = HELPER.read_text()
    assert len(text.splitlines()) <= 40
    assert "import " not in COMMENT.sub("", text)


def test_what_the_page_names_of_the_helper_is_there():
    text, scripts = HELPER.read_text(), [one for one in pages.blocks(PAGE) if one.language == "javascript"]
    named = set(re.findall(r"options\.(\w+)", "".join(one.text for one in scripts)))
    assert named == set(re.findall(r"^  (\w+): ", text, re.MULTILINE))
    imported = set(re.findall(r"\w+", "".join(re.findall(r"import \{(.*?)\}", pages.read(PAGE)))))
    assert imported <= set(re.findall(r"export (?:const|async function|function) (\w+)", text))


def test_each_error_of_a_script_is_on_the_page():
    errors, headers, _lost = pages.tables(PAGE)
    named = {row["`error`"].strip("`") for row in errors}
    assert named == {*navigation._WORDS, "insufficient_user_authentication"}
    assert [row["header"].strip("`") for row in headers] == [
        "Sec-Fetch-Mode",
        "X-Requested-With",
        "Accept",
        "none of them",
    ]


@pytest.mark.parametrize("word", ["an\nhour", "1 MB", "three quarters of `DATA_UPLOAD_MAX_MEMORY_SIZE`"])
def test_the_bounds_of_a_kept_form_are_what_the_page_says(word):
    assert word.replace("\n", " ") in pages.read(PAGE).replace("\n", " ")
    assert (kept_form.LIFETIME_SECONDS, kept_form.MAX_BYTES) == (3600, 1_000_000)
