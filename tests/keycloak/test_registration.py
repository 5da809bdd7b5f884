"""What an operator registers wrong: each mistake ends on a page, never in a loop or with a secret on it."""

from __future__ import annotations


def test_a_wrong_client_secret_is_told_without_the_secret(visit, start_site):
    """The visitor learns that the site is set up wrongly, before she signs in: the pushed request tells.

    The log has the same reference, and the reason.
    """
    website = start_site(BEER_CLIENT_SECRET="not-the-secret")
    page = visit(website).open("/admin/")
    assert page.status == 503
    assert page.url.startswith(website.base_url)
    assert "not set up correctly" in page.text
    assert "configuration.invalid_client" in page.text
    assert "not-the-secret" not in page.html
    log = website.log.read_text()
    assert page.text.rsplit("Reference ", 1)[1].split()[0] in log
    assert "not-the-secret" not in log


def test_an_unregistered_redirect_uri_is_named_in_the_log(visit, website, other_addresses):
    """Keycloak refuses the pushed request, so nobody is sent to a page of its own that says no more."""
    other_addresses(redirect_uris=["https://elsewhere.example/oidc/callback/keycloak/"])
    page = visit().open("/admin/")
    assert page.status == 503
    assert "configuration.redirect_uri_refused" in page.text
    refused = [line for line in website.log.read_text().splitlines() if "redirect_uri_refused" in line]
    assert website.redirect_uri in refused[-1]


def test_a_realm_that_is_not_there(visit, start_site, realm):
    website = start_site(BEER_ISSUER=realm.issuer.replace("brewery", "winery"))
    page = visit(website).open("/admin/")
    assert page.status in (502, 503)
    assert "Reference" in page.text
    assert "winery" in website.log.read_text()
