"""Beers in the admin. Who may do what there is Django's business: groups and permissions."""

from __future__ import annotations

from django.contrib import admin

from beers.models import Beer


@admin.register(Beer)
class BeerAdmin(admin.ModelAdmin):
    list_display = ("name", "style", "strength")
    list_filter = ("style",)
    search_fields = ("name",)
