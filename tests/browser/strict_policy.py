"""A middleware that gives every page a content security policy without inline script or style."""

from __future__ import annotations

import os
from urllib.parse import urlsplit


def strict_policy(get_response):
    """Set the policy where a page has none of its own; a form may lead to the provider, as a logout does."""
    issuer = urlsplit(os.environ["BEER_ISSUER"])
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"form-action 'self' {issuer.scheme}://{issuer.netloc}; base-uri 'none'; frame-ancestors 'none'"
    )

    def answer(request):
        response = get_response(request)
        response.setdefault("Content-Security-Policy", policy)
        return response

    return answer
