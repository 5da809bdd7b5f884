"""Adds to pages of the admin by extending their own templates, of whatever theme; none is copied."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.template import Template, TemplateDoesNotExist, TemplateSyntaxError, loader

from relyant import conf
from relyant.flows import addresses, pages, template_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest
    from django.template.response import SimpleTemplateResponse

logger = logging.getLogger("relyant")


@dataclass(frozen=True)
class _Place:
    """A page that is added to, and how its own template is extended."""

    # Our template, and the blocks that it adds to: the first one that the page shows.
    extension: str
    blocks: tuple[str, ...]
    # What is on what we add, and the style sheet of it.
    mark: bytes
    style_sheet: str
    # What the log says of a page that can't be added to.
    lack: str


# Unfold has a block above the form of its login page.
_LOGIN = _Place(
    extension="relyant/admin_page.html",
    blocks=("login_before", "content"),
    mark=b'class="relyant-admin"',
    style_sheet="relyant/admin.css",
    lack="the admin's login page goes out without Relyant's link",
)
_USER = _Place(
    extension="relyant/admin_user_page.html",
    blocks=("after_field_sets", "content"),
    mark=b'class="relyant-rights module"',
    style_sheet="relyant/rights.css",
    lack="the admin's page of a user goes out without why she has her rights",
)
_NO_BLOCK = "has no `content` block"
# What `AdminSite.login` shows where the site names no template.
_USUAL_TEMPLATE = "admin/login.html"


def add_button(
    request: HttpRequest, response: SimpleTemplateResponse, next_url: str, provider: str | None
) -> None:
    """Add a link to each provider above the form; or to the one that the settings name for this site."""
    labels = conf.relyant_settings().labels()
    several = len(labels) > 1
    links = [
        {"label": label, "url": addresses.login(next_url, provider=name if several else None)}
        for name, label in labels.items()
        if provider in (None, name)
    ]
    _extend(_LOGIN, request, response, {"relyant_part": "relyant/admin_links.html", "relyant_links": links})


def add_token_words(request: HttpRequest, response: SimpleTemplateResponse) -> None:
    """Say above a form that asks for a token who is signed in already, and let her sign out."""
    added = {"relyant_part": "relyant/admin_token.html", "relyant_username": request.user.get_username()}
    _extend(_LOGIN, request, response, added)


def add_rights(request: HttpRequest, response: SimpleTemplateResponse, context: Mapping[str, Any]) -> None:
    """Say on a user's page why she has her rights."""
    _extend(_USER, request, response, context)


def obstacle(site: AdminSite) -> str | None:
    """Return why a site's login page can't take the button, as far as its template tells without a visitor.

    None also where the template can't be loaded: the page itself says that.
    """
    try:
        original: Any = loader.get_template(site.login_template or _USUAL_TEMPLATE)
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return None
    if _extension(_LOGIN, original) is None:
        return _foreign(_LOGIN, original)
    shown = template_blocks.shown(original.template)
    return _NO_BLOCK if shown is not None and shown.isdisjoint(_LOGIN.blocks) else None


def _extend(
    place: _Place, request: HttpRequest, response: SimpleTemplateResponse, context: Mapping[str, Any]
) -> None:
    """Swap in a template of ours that extends the response's own; without a way to do so the page stays."""
    original: Any = response.resolve_template(response.template_name)
    name, extension = _name(original, response.template_name), _extension(place, original)
    if extension is None:
        _note(place, name, _foreign(place, original))
        return
    shown = template_blocks.shown(original.template) or ()
    response.template_name = extension
    response.context_data = {
        "request": request,
        **(response.context_data or {}),
        "relyant_page": original.template,
        "relyant_block": next((one for one in place.blocks if one in shown), "content"),
        "relyant_style_sheet": pages.style_sheet(place.style_sheet),
        **context,
    }
    response.add_post_render_callback(lambda answer: _look_for_mark(place, answer, name))


def _extension(place: _Place, original: Any) -> Any | None:
    """Load our template by the engine that the page's own is from, since that one's tags are in it."""
    if not isinstance(getattr(original, "template", None), Template):
        return None
    try:
        return original.backend.get_template(place.extension)
    except TemplateDoesNotExist:
        return None


def _foreign(place: _Place, original: Any) -> str:
    if isinstance(getattr(original, "template", None), Template):
        return f"is from an engine that doesn't find {place.extension}"
    return "is no template of Django's own language"


def _name(original: Any, given: Any) -> str:
    """Where a template is from, or else what the response calls it."""
    return str(getattr(original, "origin", None) or given)


def _look_for_mark(place: _Place, response: SimpleTemplateResponse, name: str) -> None:
    if place.mark not in response.content:
        _note(place, name, _NO_BLOCK)


@lru_cache(maxsize=16)
def _note(place: _Place, template: str, why: str) -> None:
    """Once a process for each template."""
    logger.error("%s: %s %s", place.lack, template, why)
