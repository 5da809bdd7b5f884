"""Examines this project: its system checks, sessions and secret keys, and what it believes of a proxy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.checks import run_checks
from django.http.request import validate_host

from relyant import _core, class_names, conf
from relyant.check_catalogue import AUTHENTICATION
from relyant.doctor import session_engine
from relyant.doctor.addresses import host_of
from relyant.doctor.findings import found, of_check
from relyant.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relyant.doctor.finding import Finding

# What these checks say of a provider is told more exactly where the provider is examined.
_ABOUT_A_PROVIDER = ("relyant.E003", "relyant.W017")
_CACHE_SESSIONS = "django.contrib.sessions.backends.cache"
_LOCAL_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
_SESSION_MIDDLEWARE = "django.contrib.sessions.middleware.SessionMiddleware"
_WSGI_HEADER = re.compile(r"HTTP_[A-Z0-9_]+")
# What a development server may be called by while ALLOWED_HOSTS is empty.
_DEVELOPMENT_HOSTS = [".localhost", "127.0.0.1", "[::1]"]


def examine(base_url: str | None, *, deploy: bool = False) -> Iterator[Finding]:
    """Find what is wrong on this side, whatever the provider says; `deploy` adds what production needs."""
    # Django keeps its checks in no order.
    messages = run_checks(tags=["relyant"], include_deployment_checks=deploy)
    for message in sorted(messages, key=lambda one: one.id or ""):
        if message.id not in _ABOUT_A_PROVIDER:
            yield of_check(message)
    yield from _middleware()
    yield from _secret_keys()
    yield from _sessions()
    yield from _proxy(base_url)
    yield from _base_url(base_url)


def facts(base_url: str | None) -> dict[str, Any]:
    """What decides on this side about addresses and sessions: no secret."""
    header = conf.secure_proxy_ssl_header()
    return {
        "base_url": base_url,
        "allowed_hosts": conf.allowed_hosts(),
        "use_x_forwarded_host": conf.use_x_forwarded_host(),
        "secure_proxy_ssl_header": list(header) if isinstance(header, (list, tuple)) else header,
        "session_engine": conf.session_engine(),
        "session_cookie_secure": conf.session_cookie_secure(),
        "session_cookie_samesite": conf.session_cookie_samesite(),
        "session_cookie_domain": conf.session_cookie_domain(),
        "secret_key_fallbacks": conf.secret_key_fallbacks(),
        "login_url": conf.login_url(),
        "authentication_backends": conf.authentication_backends(),
    }


def _middleware() -> Iterator[Finding]:
    session = class_names.position(conf.middleware(), _SESSION_MIDDLEWARE)
    authentication = class_names.position(conf.middleware(), AUTHENTICATION)
    if session is None or (authentication is not None and authentication < session):
        yield found("session_middleware")


def _secret_keys() -> Iterator[Finding]:
    try:
        _core.Sealer(conf.secrets(), "relyant.doctor")
    except ValueError as error:
        yield found("secret_key", str(error))


def _sessions() -> Iterator[Finding]:
    engine = conf.session_engine()
    try:
        works, why = session_engine.works(), f"{engine} lost a session that was just written"
    except Exception as error:  # noqa: BLE001  an engine may raise whatever its database or cache does
        works, why = False, f"{engine}: {type(error).__name__}: {error}"
    if not works:
        yield found("session_engine", why)
    elif engine == _CACHE_SESSIONS and conf.session_cache() == _LOCAL_MEMORY:
        yield found("session_cache_per_process", f"{engine} on {_LOCAL_MEMORY}")


def _proxy(base_url: str | None) -> Iterator[Finding]:
    header = conf.secure_proxy_ssl_header()
    if header is not None and not _can_be_a_header(header):
        yield found("proxy_ssl_header", f"SECURE_PROXY_SSL_HEADER is {header!r}")
    if conf.use_x_forwarded_host() and header is None and base_url is None:
        yield found("forwarded_host_alone")


def _can_be_a_header(header: Any) -> bool:
    try:
        name, value = header
    except (TypeError, ValueError):
        return False
    return isinstance(value, str) and bool(_WSGI_HEADER.fullmatch(str(name)))


def _base_url(base_url: str | None) -> Iterator[Finding]:
    settings = conf.usable_settings()
    if base_url is None:
        if settings is not None:
            yield found("base_url_missing")
        return
    host = host_of(base_url)
    hosts = conf.allowed_hosts() or (_DEVELOPMENT_HOSTS if conf.debug() else [])
    # A URL's host of IPv6 comes without the brackets that the setting has.
    if not (validate_host(host, hosts) or validate_host(f"[{host}]", hosts)):
        yield found("base_url_not_allowed", f"{host} is not among {', '.join(hosts) or 'none'}")
    for provider in settings.providers.values() if settings else ():
        if _is_for_this_network(provider.issuer) and not _is_for_this_network(base_url):
            yield found("issuer_not_for_browsers", f"ISSUER is {provider.issuer}", provider=provider.name)


def _is_for_this_network(url: str) -> bool:
    """Whether an address is this machine's, or a name without a dot as containers have it."""
    host = host_of(url)
    return is_loopback(url) or not ("." in host or ":" in host)
