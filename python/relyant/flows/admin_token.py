"""The second factor of django-otp's admin: whom the provider signed in is asked for her token alone.

The form that the site itself shows asks for a password as well, which she doesn't have.
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.template.response import SimpleTemplateResponse
from django.utils.module_loading import import_string

from relyant import sessions
from relyant.flows import admin_page

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse


def is_missing(request: HttpRequest) -> bool:
    """Whether a member of the staff has yet to give the token that django-otp's admin asks for."""
    user: Any = request.user
    if not (apps.is_installed("django_otp") and user.is_active and user.is_staff):
        return False
    # What OTPMiddleware puts there.
    is_verified = getattr(user, "is_verified", None)
    return callable(is_verified) and not is_verified()


def answer(request: HttpRequest, site: AdminSite) -> HttpResponse | None:
    """Ask for the token, or take it; None leaves the visitor to the site's own form.

    That one is for those who signed in with a password of this site, and for a site that asks in another way.
    """
    has_no_password = sessions.current(request) is not None or sessions.is_limited(request)
    if not (has_no_password and _asks_by_form(site)):
        return None
    user: Any = request.user
    # Nobody authenticates anew, which is what names the backend otherwise.
    user.backend = sessions.backend(request)
    # A site of this one request: its form is the one of django-otp for visitors who are signed in.
    asking: Any = copy(site)
    asking.login_form = partial(import_string("django_otp.forms.OTPTokenForm"), user)
    # Without a user the page doesn't tell her to sign in to another account.
    response: HttpResponse = asking.login(request, {"user": None})
    if isinstance(response, SimpleTemplateResponse):
        admin_page.add_token_words(request, response)
    return response


def _asks_by_form(site: AdminSite) -> bool:
    form = site.login_form
    mixin = import_string("django_otp.forms.OTPAuthenticationFormMixin")
    return isinstance(form, type) and issubclass(form, mixin)
