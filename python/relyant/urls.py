"""Relyant's addresses: `path("oidc/", include("relyant.urls"))`."""

from __future__ import annotations

from django.urls import path, register_converter

from relyant import views
from relyant.break_glass import TokenConverter

app_name = "relyant"

register_converter(TokenConverter, "relyant_break_glass")

urlpatterns = [
    path("login/", views.login, name="login"),
    path("initiate/", views.initiate, name="initiate"),
    path("callback/<slug:provider>/", views.callback, name="callback"),
    path("session/", views.session_state, name="session"),
    path("resend/", views.resend, name="resend"),
    path("sessions/", views.sessions, name="sessions"),
    path("break-glass/<relyant_break_glass:token>/", views.break_glass, name="break-glass"),
    path("again/", views.again, name="again"),
    path("identities/", views.identities, name="identities"),
    path("logout/", views.logout, name="logout"),
    path("logged-out/", views.logged_out, name="logged-out"),
    path("back-channel-logout/<slug:provider>/", views.back_channel_logout, name="back-channel-logout"),
    path("front-channel-logout/<slug:provider>/", views.front_channel_logout, name="front-channel-logout"),
    path("jwks/<slug:provider>/", views.jwks, name="jwks"),
    path("codes/<str:code>/", views.code, name="code"),
]
