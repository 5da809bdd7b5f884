"""The findings in this project's own settings."""

from __future__ import annotations

from relyant.doctor.finding import FindingDoc

SITE = {
    "doctor.session_engine": FindingDoc(
        "error",
        "site",
        "Sessions can't be kept.",
        "A session that was written can't be read back, so a login ends where it began.",
        "Mend what SESSION_ENGINE stands on: run `manage.py migrate` for `db`, start the cache's server for "
        "`cache`, give the process the right to write for `file`.",
    ),
    "doctor.session_cache_per_process": FindingDoc(
        "warning",
        "site",
        "Each process keeps sessions of its own.",
        "SESSION_ENGINE is the cache, and the cache is the memory of one process: with two workers, every "
        "second request is anonymous, and a restart signs everybody out.",
        "Set SESSION_ENGINE to `db` or `cached_db`, or take a cache that processes share.",
    ),
    "doctor.session_middleware": FindingDoc(
        "error",
        "site",
        "SessionMiddleware is missing, or comes after AuthenticationMiddleware.",
        "Without a session before it, nobody is ever signed in.",
        'Put "django.contrib.sessions.middleware.SessionMiddleware" before '
        '"django.contrib.auth.middleware.AuthenticationMiddleware" in MIDDLEWARE.',
    ),
    "doctor.secret_key": FindingDoc(
        "error",
        "site",
        "A secret key is empty.",
        "Cookies and ID tokens are sealed with SECRET_KEY and opened with SECRET_KEY_FALLBACKS too; an empty "
        "one seals nothing, and each login fails.",
        "Set SECRET_KEY, and take empty entries out of SECRET_KEY_FALLBACKS. Is the environment variable set "
        "that they are read from?",
    ),
    "doctor.proxy_ssl_header": FindingDoc(
        "error",
        "site",
        "SECURE_PROXY_SSL_HEADER names no header that a request can have.",
        "Django compares it with the names of WSGI: in capitals, with HTTP_ in front. Otherwise each request "
        "counts as plain http, and redirect URIs begin with http://.",
        'Set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https"), or set BASE_URL.',
    ),
    "doctor.forwarded_host_alone": FindingDoc(
        "warning",
        "site",
        "The forwarded host is heeded, the forwarded scheme is not.",
        "With USE_X_FORWARDED_HOST alone, redirect URIs have the public host but begin with http://, and the "
        "provider refuses them.",
        'Set BASE_URL; or set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") too, where the '
        "proxy sets that header and takes away a visitor's.",
    ),
    "doctor.base_url_not_allowed": FindingDoc(
        "warning",
        "site",
        "BASE_URL's host is not in ALLOWED_HOSTS.",
        "The provider sends people back to BASE_URL. Where the proxy hands that host on, Django answers 400 "
        "to the callback.",
        "Add BASE_URL's host to ALLOWED_HOSTS.",
    ),
    "doctor.base_url_missing": FindingDoc(
        "note",
        "site",
        "The addresses of this site were not asked about.",
        "Without BASE_URL a redirect URI follows the host of each request, so the doctor doesn't know which "
        "one to ask the provider about.",
        "Set BASE_URL to the site's public address, or run the doctor with --base-url.",
    ),
    "doctor.issuer_not_for_browsers": FindingDoc(
        "warning",
        "site",
        "Browsers elsewhere can't reach the issuer.",
        "ISSUER is an address of this machine or of a container network, while BASE_URL is a public one: the "
        "browser is sent to the issuer's host, too.",
        "Set ISSUER to the provider's public address, and INTERNAL_BASE_URL to the one under which this "
        "server reaches it.",
        "Realm settings → General → Frontend URL: the public address of the realm",
    ),
    "doctor.rule_never_matches": FindingDoc(
        "warning",
        "site",
        "A rule of the policy matches nobody, or isn't what it seems.",
        "It names no role, asks for two things that nobody has together, or for what the site never asks the "
        "provider for; what it owns is taken from everybody at the next login.",
        "Name who is meant, or leave the key out: what a policy leaves out is not touched.",
    ),
}
