"""Adds to the admin's login page by extending its own template, of whatever theme; none is copied."""

from __future__ import annotations

import logging
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

# The blocks that our template adds to: the first one that the page shows. Unfold has one above its form.
_BLOCKS = ("login_before", "content")
# The class on what we add, and its style sheet.
_MARK = b'class="relyant-admin"'
_STYLE_SHEET = "relyant/admin.css"
_EXTENSION = "relyant/admin_page.html"
_NO_BLOCK = "has no `content` block"
# What `AdminSite.login` shows where the site names no template.
_USUAL_TEMPLATE = "admin/login.html"


def add_button(request: HttpRequest, response: SimpleTemplateResponse, next_url: str) -> None:
    """Add a link to each provider above the form."""
    labels = conf.relyant_settings().labels()
    several = len(labels) > 1
    links = [
        {"label": label, "url": addresses.login(next_url, provider=name if several else None)}
        for name, label in labels.items()
    ]
    _extend(request, response, "relyant/admin_links.html", {"relyant_links": links})


def add_token_words(request: HttpRequest, response: SimpleTemplateResponse) -> None:
    """Say above a form that asks for a token who is signed in already, and let her sign out."""
    added = {"relyant_username": request.user.get_username()}
    _extend(request, response, "relyant/admin_token.html", added)


def obstacle(site: AdminSite) -> str | None:
    """Return why a site's login page can't take the button, as far as its template tells without a visitor.

    None also where the template can't be loaded: the page itself says that.
    """
    try:
        original: Any = loader.get_template(site.login_template or _USUAL_TEMPLATE)
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return None
    if _extension(original) is None:
        return _foreign(original)
    shown = template_blocks.shown(original.template)
    return _NO_BLOCK if shown is not None and shown.isdisjoint(_BLOCKS) else None


def _extend(
    request: HttpRequest, response: SimpleTemplateResponse, part: str, context: Mapping[str, Any]
) -> None:
    """Swap in a template of ours that extends the response's own; without a way to do so the page stays."""
    original: Any = response.resolve_template(response.template_name)
    name, extension = _name(original, response.template_name), _extension(original)
    if extension is None:
        _note(name, _foreign(original))
        return
    shown = template_blocks.shown(original.template) or ()
    response.template_name = extension
    response.context_data = {
        "request": request,
        **(response.context_data or {}),
        "relyant_page": original.template,
        "relyant_block": next((one for one in _BLOCKS if one in shown), "content"),
        "relyant_part": part,
        "relyant_style_sheet": pages.style_sheet(_STYLE_SHEET),
        **context,
    }
    response.add_post_render_callback(lambda answer: _look_for_mark(answer, name))


def _extension(original: Any) -> Any | None:
    """Load our template by the engine that the page's own is from, since that one's tags are in it."""
    if not isinstance(getattr(original, "template", None), Template):
        return None
    try:
        return original.backend.get_template(_EXTENSION)
    except TemplateDoesNotExist:
        return None


def _foreign(original: Any) -> str:
    if isinstance(getattr(original, "template", None), Template):
        return f"is from an engine that doesn't find {_EXTENSION}"
    return "is no template of Django's own language"


def _name(original: Any, given: Any) -> str:
    """Where a template is from, or else what the response calls it."""
    return str(getattr(original, "origin", None) or given)


def _look_for_mark(response: SimpleTemplateResponse, name: str) -> None:
    if _MARK not in response.content:
        _note(name, _NO_BLOCK)


@lru_cache(maxsize=16)
def _note(template: str, why: str) -> None:
    """Once a process for each template."""
    logger.error("the admin's login page goes out without Relyant's link: %s %s", template, why)
