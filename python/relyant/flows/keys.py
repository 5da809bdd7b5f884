"""The site's public keys, for providers that verify what it signs or encrypt to it."""

from __future__ import annotations

import time
from functools import lru_cache

from django.http import Http404, HttpResponse

from relyant import _core, conf

# How long a provider may keep them; one that meets a new key asks again.
_MAX_AGE_SECONDS = 300
# RFC 7517 §8.5.1.
_CONTENT_TYPE = "application/jwk-set+json"


def jwk_set(provider_name: str) -> HttpResponse:
    """Answer with the public halves of one provider's `PRIVATE_KEY`; nothing is there without one."""
    settings = conf.usable_settings()
    provider = settings.providers.get(provider_name) if settings else None
    if provider is None or provider.private_key is None:
        raise Http404
    try:
        keys = _public(provider.private_key.text, _minute())
    except _core.RelyantError:
        # All of them have lapsed since the start, or a check says what is wrong with them.
        raise Http404 from None
    response = HttpResponse(keys, content_type=_CONTENT_TYPE)
    response["Cache-Control"] = f"public, max-age={_MAX_AGE_SECONDS}"
    return response


@lru_cache(maxsize=16)
def _public(private_key: str, _minute: int) -> str:
    """Read the keys once a minute at most; those that lapsed meanwhile are gone then."""
    return _core.public_jwk_set(private_key)


def _minute() -> int:
    return int(time.time()) // 60
