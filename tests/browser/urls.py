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


urlpatterns = [*beer, path("cellar/", cellar)]
