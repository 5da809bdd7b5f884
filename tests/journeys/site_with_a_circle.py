"""The journeys' site with two pages that each send a visitor to the login for the other one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.urls import path

from tests.journeys import site


def to_the_login_for(address):
    @login_required
    def view(request):
        return HttpResponseRedirect(f"/oidc/login/?next={address}")

    return view


urlpatterns = [
    path("first/", to_the_login_for("/second/")),
    path("second/", to_the_login_for("/first/")),
    *site.urlpatterns,
]
