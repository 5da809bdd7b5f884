"""A site whose pages demand how somebody signed in: functions and classes, sync and async, and an admin."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from relyant.decorators import StepUpMixin, acr_required, fresh_login_required


def page(request):
    return HttpResponse(f"seen by {request.user.get_username() or 'stranger'}")


async def async_page(request):
    return HttpResponse(f"seen by {await sync_to_async(request.user.get_username)()}")


@fresh_login_required(max_age=300)
@acr_required("gold", "platinum")
def vault(request):
    return page(request)


@method_decorator(fresh_login_required(max_age=300), name="dispatch")
class Decorated(View):
    def get(self, request):
        return page(request)


@method_decorator([fresh_login_required(max_age=300), acr_required("gold")], name="dispatch")
class AsyncDecorated(View):
    async def get(self, request):
        return await async_page(request)


class Mixed(StepUpMixin, View):
    fresh_login_max_age = 300
    acr_values = ("gold",)

    def get(self, request):
        return page(request)


class AsyncMixed(StepUpMixin, View):
    async def get(self, request):
        return await async_page(request)


@acr_required("silver")
def silver(request):
    return page(request)


urlpatterns = [
    path("oidc/", include("relyant.urls")),
    path("admin/", admin.site.urls),
    path("", page, name="home"),
    path("beers/", page, name="beers"),
    path("money/", fresh_login_required(max_age=300)(page), name="money"),
    path("money/now/", fresh_login_required(max_age=0)(page), name="now"),
    path("money/hook/", csrf_exempt(fresh_login_required(max_age=300)(page)), name="hook"),
    path("gold/", acr_required("gold")(page), name="gold"),
    path("silver/", silver, name="silver"),
    path("vault/", vault, name="vault"),
    path("async/", acr_required("gold")(async_page), name="async"),
    path("decorated/", Decorated.as_view(), name="decorated"),
    path("decorated/async/", AsyncDecorated.as_view(), name="async-decorated"),
    path("mixed/", Mixed.as_view(), name="mixed"),
    path("mixed/async/", AsyncMixed.as_view(acr_values=["gold"]), name="async-mixed"),
]
