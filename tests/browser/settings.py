"""The demo's settings as tests/browser serves them: strict about content, and changed by the environment."""

from __future__ import annotations

import json
import os

from beer.settings import *  # noqa: F403
from beer.settings import INSTALLED_APPS, MIDDLEWARE, RELYANT

DEBUG = False
ROOT_URLCONF = "tests.browser.urls"
MIDDLEWARE = [
    "tests.browser.strict_policy.strict_policy",
    "django.middleware.locale.LocaleMiddleware",
    *MIDDLEWARE,
]
# Browsers take this header over https alone, and complain of it elsewhere.
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
# Passwords of local users cost nothing here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

_changes = json.loads(os.environ["BEER_CHANGES"])
if theme := _changes.get("theme"):
    INSTALLED_APPS = [theme, *INSTALLED_APPS]
    # Its scripts and styles are inline.
    MIDDLEWARE.remove("tests.browser.strict_policy.strict_policy")
globals().update(_changes.get("settings", {}))
RELYANT.update(_changes.get("relyant", {}))
RELYANT["PROVIDERS"]["keycloak"].update(_changes.get("provider", {}))
RELYANT["PROVIDERS"]["keycloak"]["POLICY"].update(_changes.get("policy", {}))
for _name, _other in _changes.get("others", {}).items():
    RELYANT["PROVIDERS"][_name] = {**RELYANT["PROVIDERS"]["keycloak"], **_other}
