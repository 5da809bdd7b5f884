"""Settings of the Beer site. What Relyant needs stands between two marks, and in one line of urls.py.

The issuer comes from the environment, so that `make demo` can point the site at either provider. Without it
the site uses the development provider where `manage.py relyant_provider` starts it.
"""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# A demo on one's own machine: nothing here is fit for the internet.
SECRET_KEY = os.environ.get("BEER_SECRET_KEY", "for the demo alone")
DEBUG = True

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "beers",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# Relyant: from here ...
# fmt: off
INSTALLED_APPS += ["relyant"]
MIDDLEWARE += ["relyant.middleware.RelyantMiddleware"]
AUTHENTICATION_BACKENDS = ["relyant.backends.RelyantBackend"]
LOGIN_URL = "relyant:login"
RELYANT = {
    "PROVIDERS": {
        "keycloak": {
            "ISSUER": os.environ.get("BEER_ISSUER", "http://127.0.0.1:8180/realms/brewery"),
            "CLIENT_ID": "beer",
            "CLIENT_SECRET": os.environ.get("BEER_CLIENT_SECRET", "beer-secret"),
            "PRESET": "keycloak",
            "POLICY": {
                "GROUPS": {"customers": ["customers"], "creators": ["creators"]},
                "STAFF": ["customers", "creators", "admins"],
                "SUPERUSER": ["admins"],
            },
        },
    },
    "ADMIN_LOGIN": "redirect",
    "GROUP_PERMISSIONS": {"customers": ["beers.view_beer"], "creators": ["beers.view_beer", "beers.add_beer", "beers.change_beer"]},  # noqa: E501
}
# fmt: on
# ... to here.

LOGIN_REDIRECT_URL = "beers:list"
ROOT_URLCONF = "beer.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("BEER_DATABASE", BASE_DIR / "beer.sqlite3"),
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "relyant": {"handlers": ["console"], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
