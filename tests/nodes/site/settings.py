"""Settings of the site that the nodes serve; what differs between sites comes as JSON in one variable."""

from __future__ import annotations

import json
import os

GIVEN = json.loads(os.environ["RELYANT_NODES"])

SECRET_KEY = GIVEN["secret_key"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "relyant",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "tests.nodes.site.deaths.Middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "relyant.middleware.RelyantMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
ROOT_URLCONF = "tests.nodes.site.urls"
DATABASES = {"default": {**GIVEN["database"], "OPTIONS": {"connect_timeout": 5}}}
CACHES = {"default": GIVEN["cache"]}
SESSION_ENGINE = f"django.contrib.sessions.backends.{GIVEN['engine']}"
SESSION_FILE_PATH = GIVEN["session_folder"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

AUTHENTICATION_BACKENDS = ["relyant.backends.RelyantBackend"]
LOGIN_URL = "relyant:login"
LOGIN_REDIRECT_URL = "/who/"
RELYANT = {
    "PROVIDERS": {
        "keycloak": {
            "ISSUER": GIVEN["issuer"],
            "CLIENT_ID": GIVEN["client_id"],
            "CLIENT_SECRET": GIVEN["client_secret"],
            "PRESET": "keycloak",
            "POLICY": {
                "GROUPS": {"customers": ["customers"], "creators": ["creators"]},
                "STAFF": ["customers", "creators", "admins"],
                "SUPERUSER": ["admins"],
            },
        },
    },
    **GIVEN.get("relyant", {}),
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(process)d %(name)s %(levelname)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
