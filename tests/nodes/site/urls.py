"""The site's addresses: who somebody is, a page for members alone, a token, what sessions there are, and Relyant."""

from __future__ import annotations

from django.urls import include, path

from tests.nodes.site import held, views

urlpatterns = [
    path("", views.front),
    path("who/", views.who),
    path("members/", views.members),
    path("token/", views.token),
    path("held/", held.held),
    path("forget/", held.forget),
    path("oidc/", include("relyant.urls")),
]
