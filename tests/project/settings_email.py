"""The same site with people who have no user name: the e-mail address signs in, and there is nothing else."""

from __future__ import annotations

from tests.project.settings import *  # noqa: F403
from tests.project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.project.people"]
AUTH_USER_MODEL = "people.Person"
