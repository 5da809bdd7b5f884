"""The Beer site with one of the admin's themes, or with django-otp's admin; `RELYANT_TEST_THEME` names it."""

from __future__ import annotations

import os

from tests.project.settings import *  # noqa: F403
from tests.project.settings import INSTALLED_APPS, MIDDLEWARE, RELYANT

THEME = os.environ["RELYANT_TEST_THEME"]
# Each theme's own apps, which want to stand before the admin's.
_APPS = {
    "stock": [],
    "unfold": ["unfold"],
    "jazzmin": ["jazzmin"],
    "grappelli": ["grappelli"],
    "otp": ["django_otp", "django_otp.plugins.otp_static"],
}
INSTALLED_APPS = [*_APPS[THEME], *INSTALLED_APPS]
if THEME == "otp":
    MIDDLEWARE = [*MIDDLEWARE, "django_otp.middleware.OTPMiddleware"]
ROOT_URLCONF = "tests.themes.urls"
RELYANT = {**RELYANT, "ADMIN_LOGIN": {"office": "redirect", "*": "button"}}
