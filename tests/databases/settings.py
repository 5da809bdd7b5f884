"""The Beer site's settings on whichever database the environment names."""

from __future__ import annotations

import json
import os

from tests.project.settings import *  # noqa: F403
from tests.project.settings import RELYANT

DATABASES = {"default": json.loads(os.environ["RELYANT_TEST_DATABASE_SETTINGS"])}
if DATABASES["default"]["ENGINE"].endswith(".mysql"):
    import pymysql

    # A driver that needs no compiler; Django asks for it by the other one's name.
    pymysql.install_as_MySQLdb()

KEYCLOAK = RELYANT["PROVIDERS"]["keycloak"]
RELYANT = {
    **RELYANT,
    "PROVIDERS": {
        "keycloak": {
            **KEYCLOAK,
            "ISSUER": "https://sso.example.com",
            **json.loads(os.environ.get("RELYANT_TEST_PROVIDER", "{}")),
        }
    },
}
