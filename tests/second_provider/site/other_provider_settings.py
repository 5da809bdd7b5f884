"""The Beer site's settings with the provider that the environment describes, and no preset."""

from __future__ import annotations

import json
import os

from beer.settings import *  # noqa: F403
from beer.settings import RELYANT as BEER

_policy = BEER["PROVIDERS"]["keycloak"]["POLICY"]

RELYANT = {
    **BEER,
    "PROVIDERS": {
        os.environ.get("BEER_PROVIDER_NAME", "node"): {
            "POLICY": {**_policy, "ROLES": ["roles"]},
            "SCOPES": ["profile", "email", "roles"],
            **json.loads(os.environ["BEER_PROVIDER"]),
        },
    },
}
