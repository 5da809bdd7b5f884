"""The Beer site's settings, as product.md writes them, on SQLite in memory."""

from __future__ import annotations

import os

SECRET_KEY = "a key for tests, long enough for Django's own check of its length: 0123456789"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
INSTALLED_APPS = [
    "relyant",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tests.project.beers",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "relyant.middleware.RelyantMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "tests.project.urls"
# A file only where several processes or threads share the database.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("RELYANT_TEST_DATABASE", ":memory:"),
        "OPTIONS": {"timeout": 60},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
STATIC_URL = "static/"
# Passwords of local users cost nothing here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

AUTHENTICATION_BACKENDS = ["relyant.backends.RelyantBackend"]
LOGIN_URL = "relyant:login"
LOGIN_REDIRECT_URL = "/"
RELYANT = {
    "PROVIDERS": {
        "keycloak": {
            # Nobody listens on this port: tests that sign in put the development provider's address here.
            "ISSUER": "http://127.0.0.1:9/realms/brewery",
            "CLIENT_ID": "beer",
            "CLIENT_SECRET": "beer-secret",
            "PRESET": "keycloak",
            "POLICY": {
                "GROUPS": {"customers": ["customers"], "creators": ["creators"]},
                "STAFF": ["customers", "creators", "admins"],
                "SUPERUSER": ["admins"],
            },
        },
    },
    "ADMIN_LOGIN": "redirect",
    "GROUP_PERMISSIONS": {
        "customers": ["beers.view_beer"],
        "creators": ["beers.view_beer", "beers.add_beer", "beers.change_beer"],
    },
}
