"""The tutorial's second part, carried out from its page on a real Keycloak after the first; its tables are true."""

from __future__ import annotations

import os
import shutil

import pytest

import keycloak as keycloak_server
from keycloak import free_port
from tests.docs import pages
from tests.docs.newcomer import Newcomer, may

FIRST, SECOND = "tutorial/development-provider.md", "tutorial/keycloak.md"
MAY = "what the admin lets her do with beers"


def unpack(target):
    """Keycloak as a newcomer unpacks it; what it only reads is linked, and not copied where that can be."""

    def link(source, copy):
        try:
            os.link(source, copy)
        except OSError:
            shutil.copy2(source, copy)

    distribution = keycloak_server._fetch(print)
    quarkus = os.path.join("lib", "quarkus")
    shutil.copytree(distribution, target, copy_function=link)
    shutil.rmtree(target / quarkus)
    # What a first start compiles is kept between runs.
    compiled = keycloak_server._augmented()
    shutil.copytree(compiled if compiled.is_dir() else distribution / quarkus, target / quarkus)


@pytest.fixture
def newcomer(able_to_run_keycloak, tmp_path):
    """A newcomer who has done the first part, but for what its own test does."""
    # Keycloak's command line keeps its session in the home folder; the first of Java's two compilers is enough.
    one = Newcomer(tmp_path, HOME=str(tmp_path), JAVA_OPTS_APPEND="-XX:TieredStopAtLevel=1")
    one.changes[":8080"] = f":{(port := free_port())}"
    one.changes["--http-port 8080"] = f"--http-port {port}"
    unpack(one.folder / "keycloak")
    for block in pages.blocks(FIRST):
        if block.caption not in ("In a second terminal, which it keeps", "In a third terminal", "It says"):
            one.follow(block)
    yield one
    one.close()


def test_the_same_site_on_a_keycloak(newcomer, capsys):
    *before, take_away = pages.blocks(SECOND)
    first, after = pages.tables(SECOND)
    newcomer.visitor()
    for block in before:
        newcomer.follow(block)
    newcomer.wait_for_the_site(reloaded=True)
    visitor = newcomer.visitor()
    for row in first:
        page = visitor.open_as(row["person"], "/admin/")
        if row["person"] == "adam":
            page = visitor.open("/admin/beers/beer/add/")
            page = visitor.browser.submit(page.form(having="name"), name="Porter", strength="5.6")
            assert "was added successfully" in page.text
        assert may(visitor) == row[MAY], row["person"]
        if row[MAY] != "nothing":
            assert visitor.sign_out("/admin/").link("Sign in again")
    newcomer.follow(take_away)
    visitor = newcomer.visitor()
    for row in after:
        visitor.open_as(row["person"], "/admin/")
        assert may(visitor) == row[MAY]
    with capsys.disabled():
        print(newcomer.report(SECOND))
