"""A site with three admins: the usual one at an unusual place, and two that are made here."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

if settings.THEME == "unfold":
    from unfold.sites import UnfoldAdminSite as Site
elif settings.THEME == "otp":
    from django_otp.admin import OTPAdminSite as Site
else:
    from django.contrib.admin import AdminSite as Site

brewmaster, office = Site(name="brewmaster"), Site(name="office")

urlpatterns = [
    path("back/door/", admin.site.urls),
    path("brewmaster/", brewmaster.urls),
    path("office/", office.urls),
    path("oidc/", include("relyant.urls")),
    path("grappelli/", include("grappelli.urls"))
    if settings.THEME == "grappelli"
    else path("", admin.site.index),
]
