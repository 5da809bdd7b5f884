"""The demo's addresses, a page that most visitors may not see, a front end, and an admin with inline forms."""

from __future__ import annotations

from beer.urls import urlpatterns as beer
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.urls import path

from tests.browser import front_end


@permission_required("beers.delete_beer")
def cellar(request):
    """Sends whoever lacks the permission to the login, as Django's decorator does."""
    return HttpResponse("<!doctype html><title>Cellar</title><h1>The cellar</h1>")


def icon(request):
    """Browsers ask for it on pages that name none, as the admin's: nothing, instead of an error."""
    return HttpResponse(status=204)


class MemberInline(admin.TabularInline):
    model = User.groups.through
    extra = 2


# A form with several values of a field, and with forms inside.
admin.site.get_model_admin(Group).inlines = [MemberInline]

urlpatterns = [*beer, path("cellar/", cellar), path("favicon.ico", icon), *front_end.urlpatterns]
