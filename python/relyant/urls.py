"""Relyant's addresses: `path("oidc/", include("relyant.urls"))`."""

from __future__ import annotations

from django.urls import path

from relyant import views

app_name = "relyant"

urlpatterns = [
    path("login/", views.login, name="login"),
    path("initiate/", views.initiate, name="initiate"),
    path("callback/<slug:provider>/", views.callback, name="callback"),
    path("identities/", views.identities, name="identities"),
    path("logout/", views.logout, name="logout"),
    path("logged-out/", views.logged_out, name="logged-out"),
    path("jwks/<slug:provider>/", views.jwks, name="jwks"),
    path("codes/<str:code>/", views.code, name="code"),
]
