"""Which addresses are this machine's, as the core sees it."""

from __future__ import annotations

import pytest

from relyant.loopback import is_loopback


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://127.0.0.1:8180/realms/brewery", True),
        ("https://127.9.8.7", True),
        ("http://localhost:8180", True),
        ("http://LOCALHOST", True),
        ("http://[::1]:8180", True),
        ("http://[::ffff:127.0.0.1]", False),
        ("http://[::2]", False),
        ("http://128.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost@sso.example.com", False),
        ("http://[::1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_an_address_is_on_this_machine_or_not(url, ours):
    assert is_loopback(url) is ours
