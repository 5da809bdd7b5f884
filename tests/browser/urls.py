"""The demo's addresses, and a page that most visitors may not see."""

from __future__ import annotations

from beer.urls import urlpatterns as beer
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.urls import path


@permission_required("beers.delete_beer")
def cellar(request):
    """Sends whoever lacks the permission to the login, as Django's decorator does."""
    return HttpResponse("<!doctype html><title>Cellar</title><h1>The cellar</h1>")


def icon(request):
    """Browsers ask for it on pages that name none, as the admin's: nothing, instead of an error."""
    return HttpResponse(status=204)


urlpatterns = [*beer, path("cellar/", cellar), path("favicon.ico", icon)]
