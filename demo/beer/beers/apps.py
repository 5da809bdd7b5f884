"""The app `beers`."""

from __future__ import annotations

from django.apps import AppConfig


class BeersConfig(AppConfig):
    name = "beers"
    verbose_name = "Beers"
