"""The wheels and sdists under test, one after the other."""

from __future__ import annotations

import pytest

from tests.packaging.release import CRATES, Sdist, Wheel


@pytest.fixture(scope="session", params=CRATES)
def wheel(request):
    return Wheel(request.param)


@pytest.fixture(scope="session", params=CRATES)
def sdist(request):
    return Sdist(request.param)
