"""The how-to on private authorities, against a provider whose certificate is of one."""

from __future__ import annotations

import pytest

from tests.docs import certificates, pages
from tests.docs.tls_provider import TlsProvider

PAGE = "how-to/private-ca.md"


@pytest.fixture
def provider(owner):
    """A provider whose authority's certificate lies in the project, as `localhost` instead of `sso.example.com`."""
    certificates.make(owner.folder, "localhost")
    (owner.folder / "ca.pem").rename(owner.folder / "brewery-ca.pem")
    with TlsProvider(owner.folder, "localhost") as running:
        owner.changes["sso.example.com:443"] = running.authority
        owner.changes["sso.example.com"] = running.authority
        yield running


def begins(owner):
    """The answer to a login's begin."""
    owner.wait_for_the_site()
    return owner.visitor(owner.base_url).open("/oidc/login/", follow=False)


def serve(owner):
    owner.make_database()
    owner.terminal().leave_running(owner.change("python manage.py runserver 8000"))


def test_the_file_of_one_provider(owner, provider):
    settings, command, answer, _ = pages.blocks(PAGE)
    owner.follow(settings)
    owner.check()
    owner.follow(command)
    owner.follow(answer)
    serve(owner)
    page = begins(owner)
    assert page.status == 302, page.text
    assert page.location.startswith(provider.issuer)


def without_the_file(owner, provider):
    owner.add("brewery/settings.py", f'RELYANT["PROVIDERS"]["keycloak"]["ISSUER"] = "{provider.issuer}"')


def test_without_it_a_login_ends_with_the_code(owner, provider):
    without_the_file(owner, provider)
    serve(owner)
    page = begins(owner)
    assert page.status == 503
    assert "unavailable.tls" in page.text


def test_the_variable_for_everything(owner, provider):
    *_, variable = pages.blocks(PAGE)
    without_the_file(owner, provider)
    owner.make_database()
    owner.follow(variable)
    owner.terminal("second").wait_for("Quit the server", seconds=240)
    page = owner.visitor(owner.base_url).open("/oidc/login/", follow=False)
    assert page.status == 302, page.text


def test_a_file_without_a_certificate_is_found_by_the_checks(owner, provider):
    settings, *_ = pages.blocks(PAGE)
    owner.follow(settings)
    (owner.folder / "brewery-ca.pem").write_text("no certificate\n")
    assert "relyant.E003" in owner.run("python manage.py check || true")
