"""The public pages."""

from __future__ import annotations

from django.urls import path

from beers import views

app_name = "beers"
urlpatterns = [
    path("", views.beer_list, name="list"),
    path("me/", views.who_am_i, name="me"),
]
