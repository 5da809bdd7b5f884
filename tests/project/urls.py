"""The addresses of the Beer site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from tests.project.beers import views

urlpatterns = [
    path("", views.home),
    path("beers/", views.beer_list),
    path("admin/", admin.site.urls),
    path("oidc/", include("relyant.urls")),
]
