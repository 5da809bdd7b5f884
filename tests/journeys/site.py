"""The site that the journeys go through: public and guarded pages, and three admins."""

from __future__ import annotations

from functools import wraps

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.urls import include, path


def page(request, *_args, **_kwargs):
    return HttpResponse(f"hello {request.user.get_username() or 'stranger'}")


class OfficeSite(admin.AdminSite):
    """A second admin, at another place."""

    site_header = "Office"


class WrappedSite(admin.AdminSite):
    """An admin whose login hides behind a decorator that leaves no trace."""

    def get_urls(self):
        def login(request):
            return self.login(request)

        return [path("login/", login, name="login"), *super().get_urls()]


class FollowedSite(admin.AdminSite):
    """An admin whose login is behind a decorator that follows the custom."""

    def get_urls(self):
        @wraps(self.login)
        def login(request):
            return self.login(request)

        return [path("login/", login, name="login"), *super().get_urls()]


office, wrapped, followed = OfficeSite("office"), WrappedSite("wrapped"), FollowedSite("followed")

# Apps of the site's own that only look like an admin's.
impostor = ([path("login/", page, name="login"), path("", page, name="index")], "admin")

urlpatterns = [
    path("oidc/", include("relyant.urls")),
    path("", page),
    path("beers/", page),
    path("members/", login_required(page)),
    path("brewers/", permission_required("auth.view_group")(page)),
    path("staff/", staff_member_required(page)),
    path("admin/", admin.site.urls),
    path("brewery/office/", office.urls),
    path("wrapped/", wrapped.urls),
    path("followed/", followed.urls),
    path("impostor/", include(impostor, namespace="impostor")),
]
