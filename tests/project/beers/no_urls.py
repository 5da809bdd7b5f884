"""Addresses of a site that forgot Relyant's."""

from __future__ import annotations

urlpatterns: list = []
