"""What a run for one theme shares. Without its settings only `test_themes.py` is collected, which starts the runs."""

from __future__ import annotations

import os

import pytest
from django.conf import settings

_FILES = {"test_themes.py", "test_login_page.py", "test_pages.py", "test_token.py"}
if os.environ.get("DJANGO_SETTINGS_MODULE") != "tests.themes.settings":
    _wanted = {"test_themes.py"}
else:
    _wanted = {"test_token.py"} if settings.THEME == "otp" else {"test_login_page.py", "test_pages.py"}
collect_ignore = sorted(_FILES - _wanted)


@pytest.fixture
def browser(client, db):
    """A browser whose cookies are kept, on a site with a database."""
    return client
