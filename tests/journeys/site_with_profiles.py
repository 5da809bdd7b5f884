"""The journeys' site with a page at the place where Django sends people by itself."""

from __future__ import annotations

from django.urls import path

from tests.journeys import site

urlpatterns = [path("accounts/profile/", site.page), *site.urlpatterns]
