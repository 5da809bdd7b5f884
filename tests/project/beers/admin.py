"""Beer in the admin."""

from __future__ import annotations

from django.contrib import admin

from tests.project.beers.models import Beer

admin.site.register(Beer)
