"""Keycloak's keys change while the site runs."""

from __future__ import annotations

import pytest


@pytest.fixture
def website(start_site):
    """A site of its own: after an unknown key it asks for keys once, and not again for half a minute."""
    return start_site()


def test_a_rotated_key_is_fetched_when_the_first_token_names_it(visit, realm):
    """DK-03: the site knows the old key and has no reason to ask before such a token comes."""
    assert visit().open_as("carol", "/admin/").status == 200
    realm.rotate_keys()
    assert visit().open_as("carol", "/admin/").status == 200
    assert visit().open_as("chris", "/admin/").status == 200


def test_a_session_from_before_the_rotation_signs_out_without_a_question(visit, realm, website):
    """The hint is signed with the old key, which Keycloak still knows."""
    visitor = visit()
    visitor.open_as("carol", "/oidc/login/")
    realm.rotate_keys()
    assert visitor.sign_out().url.startswith(website.post_logout_redirect_uri)
