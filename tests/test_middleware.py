"""The middleware in both kinds of stack, and how it recognises an admin. What it answers is in the journeys."""

from __future__ import annotations

import functools

import pytest
from asgiref.sync import async_to_sync
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.test import AsyncClient
from django.utils.decorators import async_only_middleware, sync_only_middleware

from relyant.flows import admin_sites
from relyant.middleware import RelyantMiddleware


@async_only_middleware
def async_neighbour(get_response):
    async def answer(request):
        return await get_response(request)

    return answer


@sync_only_middleware
def sync_neighbour(get_response):
    return get_response


@pytest.mark.parametrize("neighbour", [None, "async_neighbour", "sync_neighbour"])
@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.django_db(transaction=True)
def test_the_admins_login_is_answered_in_every_stack(client, settings, asynchronous, neighbour):
    if neighbour:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"tests.test_middleware.{neighbour}"]

    async def ask_async(path):
        return await AsyncClient().get(path)

    ask = async_to_sync(ask_async) if asynchronous else client.get

    assert ask("/admin/login/")["Location"] == "/oidc/login/?next=%2Fadmin%2F"
    settings.RELYANT = {**settings.RELYANT, "ADMIN_LOGIN": "button"}
    assert (
        'href="/oidc/login/?next=%2Fadmin%2F">Sign in with Keycloak</a>'
        in ask("/admin/login/").content.decode()
    )
    assert ask("/oidc/logged-out/").status_code == 200


def test_it_is_what_its_neighbour_is(rf):
    response = HttpResponse()

    def sync(_request):
        return response

    async def asynchronous(_request):
        return response

    assert RelyantMiddleware(sync)(rf.get("/")) is response
    assert async_to_sync(RelyantMiddleware(asynchronous))(rf.get("/")) is response


def test_pages_that_are_no_admins_cost_no_query(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert client.get("/oidc/logged-out/").status_code == 200


def plain(request):
    """Some view."""


def test_an_admin_site_is_found_behind_decorators():
    site = admin.site.login.__self__
    wrapped = functools.wraps(site.login)(lambda request: None)
    partial = functools.partial(site.login, extra_context={})
    twice = functools.wraps(wrapped)(lambda request: wrapped)
    for view in (site.login, wrapped, partial, twice, site.admin_view(site.index)):
        assert admin_sites.of_view(view) is site


def test_no_admin_site_is_found_where_there_is_none():
    class Other:
        def login(self, request):
            """A method of something else."""

    for view in (plain, Other().login, functools.partial(plain), AdminSite, None):
        assert admin_sites.of_view(view) is None
