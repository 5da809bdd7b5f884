"""The development provider as a fixture, `relyant_provider`, for projects that test with pytest-django.

    pytest_plugins = ["relyant.pytest_plugin"]   # in conftest.py

    def test_customers_may_look(client, db, relyant_provider):
        relyant_provider.sign_in(client, "carol", next="/beers/")
        assert client.get("/beers/").status_code == 200

One provider serves the whole run; each test finds it as it was at its start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relyant.testing import DevelopmentProvider

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def _relyant_provider_process() -> Iterator[DevelopmentProvider]:
    """One development provider for the whole run."""
    with DevelopmentProvider() as provider:
        yield provider


@pytest.fixture
def relyant_provider(_relyant_provider_process: DevelopmentProvider, settings: Any) -> DevelopmentProvider:
    """The development provider, in the place of the first one of `RELYANT`."""
    _relyant_provider_process.reset()
    settings.RELYANT = _relyant_provider_process.settings(settings.RELYANT)
    return _relyant_provider_process
