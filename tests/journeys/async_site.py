"""A site whose views are asynchronous, beside those of Relyant."""

from __future__ import annotations

import time

from django.contrib import auth
from django.http import HttpResponse, JsonResponse
from django.urls import path

from relyant.errors import Refusal
from tests.journeys.site import urlpatterns as site_urls


async def who(request):
    user = await request.auser()
    again = await request.auser()
    return HttpResponse(f"hello {user.get_username() or 'stranger'} {user.is_staff} {user is again}")


async def beat(_request):
    """A page that asks nobody for anything."""
    return HttpResponse("beat")


async def may(request):
    """What she may do, in each way that Django 5.2 has for async callers."""
    user, name = await request.auser(), request.GET["name"]
    told = [
        await user.ahas_perm(name),
        await user.ahas_perms([name]),
        await user.ahas_module_perms(name.partition(".")[0]),
        name in await user.aget_all_permissions(),
    ]
    return JsonResponse({"may": told})


async def token(request):
    try:
        return HttpResponse(await request.relyant.aaccess_token())
    except Refusal as refusal:
        return HttpResponse(refusal.code, status=refusal.status)


async def look(request):
    """A page that looks into the session alone."""
    return HttpResponse(await request.session.aget("basket", "nothing"))


async def leave(request):
    await auth.alogout(request)
    return HttpResponse("bye")


async def block(_request):
    """What no view may do."""
    time.sleep(1)  # noqa: ASYNC251  on purpose
    return HttpResponse("late")


urlpatterns = [
    path("who/", who),
    path("beat/", beat),
    path("may/", may),
    path("token/", token),
    path("look/", look),
    path("leave/", leave),
    path("block/", block),
    *site_urls,
]
