"""System checks: what is wrong with this project's use of Relyant, before anybody signs in.

Each message has an id and a hint: one that fits the mistake, or else the id's own from `check_catalogue`.
"""

from __future__ import annotations

from difflib import get_close_matches
from ipaddress import ip_address
from itertools import combinations
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.apps import apps
from django.contrib.auth import get_permission_codename, get_user_model
from django.core import checks
from django.http.request import validate_host
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.module_loading import import_string
from django.utils.translation import get_language

from relyant import _core, conf, groups, hook, linking, passwords, registry, sessions, user_fields
from relyant.check_catalogue import AUTHENTICATION, BACKEND, CATALOGUE, MIDDLEWARE
from relyant.class_names import position
from relyant.flows import admin_page, admin_sites, demands, view_names
from relyant.loopback import is_loopback
from relyant.setting_types import OTHERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from relyant.conf import ProviderSettings, RelyantSettings

_APPS = ("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions")
# Key of a policy: the field of the user model that it needs.
_RIGHTS = {"GROUPS": "groups", "STAFF": "is_staff", "SUPERUSER": "is_superuser"}


def _message(code: str, text: str = "", hint: str = "") -> checks.CheckMessage:
    """Make a message; what isn't said here is said as in the catalogue."""
    made, doc = checks.Error if code.startswith("E") else checks.Warning, CATALOGUE[f"relyant.{code}"]
    return made(text or doc.meaning, hint=hint or doc.hint, id=f"relyant.{code}")


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """E001 to E003: the `RELYANT` setting itself."""
    try:
        settings = conf.relyant_settings()
    except conf.ConfigurationError as error:
        return _problems("E001", error)
    found = []
    for provider in settings.providers.values():
        for code, make in (("E002", registry.make_policy), ("E003", registry.make_relying_party)):
            try:
                make(provider)
            except conf.ConfigurationError as error:
                found += _problems(code, error)
    return found


def _problems(code: str, error: conf.ConfigurationError) -> list[checks.CheckMessage]:
    return [_message(code, f"{problem}.", problem.hint) for problem in error.problems]


def check_project(**_: Any) -> list[checks.CheckMessage]:
    """E004 to E008 and W001: where Relyant is put in."""
    found = [
        _message("E004", f"{name} is not installed.", f'Add "{name}" to INSTALLED_APPS.')
        for name in _APPS
        if not apps.is_installed(name)
    ]
    return [*found, *_middleware(), *_backend(), *_urls()]


def _middleware() -> Iterator[checks.CheckMessage]:
    ours = position(conf.middleware(), MIDDLEWARE)
    theirs = position(conf.middleware(), AUTHENTICATION)
    if ours is None:
        yield _message("E005")
    elif theirs is None or ours < theirs:
        yield _message("E006")


def _backend() -> Iterator[checks.CheckMessage]:
    if position(conf.authentication_backends(), BACKEND) is None:
        yield _message("E007")


def _urls() -> Iterator[checks.CheckMessage]:
    try:
        login = reverse("relyant:login")
    except NoReverseMatch:
        yield _message("E008")
        return
    try:
        leads_to_us = resolve_url(conf.login_url()) == login
    except NoReverseMatch:
        leads_to_us = False
    if not leads_to_us:
        yield _message("W001")


def check_user_model(**_: Any) -> list[checks.CheckMessage]:
    """E009 to E011: what the policies ask of the user model."""
    settings = conf.usable_settings()
    if settings is None:
        return []
    readable = [provider for provider in settings.providers.values() if _has_a_policy(provider)]
    return [one for provider in readable for one in (*_filled_fields(provider), *_owned_rights(provider))]


def _has_a_policy(provider: ProviderSettings) -> bool:
    """Whether the policy can be used, which `check_settings` says otherwise."""
    try:
        registry.make_policy(provider)
    except conf.ConfigurationError:
        return False
    return True


def _filled_fields(provider: ProviderSettings) -> Iterator[checks.CheckMessage]:
    model = get_user_model()
    where = f"{_path(provider)}.USER"
    known = user_fields.fillable(model)
    chosen = provider.policy.get("USER")
    for name in chosen or ():
        if user_fields.target(model, name) not in known:
            text = f"{where}.{name} is no field that a claim may fill."
            yield _message("E009", text, _nearest(name, known))
    # A preset's names that the model lacks are passed over; those of USER were meant.
    filled = _core.preset_user_fields(provider.preset) if chosen is None else chosen
    signs_in_with = model.USERNAME_FIELD
    if signs_in_with not in {user_fields.target(model, name) for name in filled}:
        hint = f'Add "{signs_in_with}" with its claim to {where}, beside the other fields that you want.'
        yield _message("E010", f"No claim fills {model.__name__}.{signs_in_with}.", hint)


def _owned_rights(provider: ProviderSettings) -> Iterator[checks.CheckMessage]:
    model = get_user_model()
    has = {field.name for field in model._meta.get_fields()}
    for key, field in _RIGHTS.items():
        if key in provider.policy and field not in has:
            text = f"{_path(provider)}.{key} needs {model.__name__}.{field}, which is no field."
            yield _message("E011", text, f"Leave {key} out, or give the model the field.")


def _path(provider: ProviderSettings) -> str:
    return f"RELYANT.PROVIDERS.{provider.name}.POLICY"


def check_admin(**_: Any) -> list[checks.CheckMessage]:
    """E012, W011 and W012: the admin's login."""
    settings = conf.usable_settings()
    if settings is None:
        return []
    words, providers = _admin_words(settings), settings.admin_providers
    is_off = set(words.values()) == {"off"}
    if is_off and not providers:
        return []
    if not apps.is_installed("django.contrib.admin"):
        return [_message("E012")]
    sites = admin_sites.mounted()
    known = [one.name for one in sites]
    return [
        *_unknown_sites("ADMIN_LOGIN", () if is_off else words, known),
        *_unknown_sites("ADMIN_PROVIDERS", providers, known),
        *_pages_without_a_button(settings, sites),
    ]


def _admin_words(settings: RelyantSettings) -> Mapping[str, str]:
    words = settings.admin_login
    return {OTHERS: words} if isinstance(words, str) else words


def _unknown_sites(setting: str, names: Iterable[str], known: Sequence[str]) -> Iterator[checks.CheckMessage]:
    for name in names:
        if name not in (OTHERS, *known):
            text = f"RELYANT.{setting}.{name} names an admin site that no address leads to."
            there = f"Known here: {', '.join(known)}." if known else "Here is none."
            yield _message("W011", text, f"{_nearest(name, known)} {there}".lstrip())


def _pages_without_a_button(
    settings: RelyantSettings, sites: Sequence[admin_sites.Mounted]
) -> Iterator[checks.CheckMessage]:
    for mounted in sites:
        if settings.admin_login_of(mounted.name) == "button":
            obstacle = admin_page.obstacle(mounted.site)
            if obstacle:
                text = f"The login page of the admin site {mounted.name} can't take the button: its template"
                yield _message("W012", f"{text} {obstacle}.")


def check_callables(**_: Any) -> list[checks.CheckMessage]:
    """E015: the callables that settings name by a dotted path."""
    settings = conf.usable_settings()
    return [
        message
        for provider in (settings.providers.values() if settings else ())
        for setting, path, find in _callables(provider)
        for message in _unusable(setting, path, find)
    ]


def _callables(provider: ProviderSettings) -> Iterator[tuple[str, str, Callable[[str], Any]]]:
    """Each callable that a provider's settings name: the setting, the dotted path, and what finds it."""
    if "." in provider.link:
        yield f"RELYANT.PROVIDERS.{provider.name}.LINK", provider.link, linking.find_callable
    path = registry.make_policy(provider).hook if _has_a_policy(provider) else None
    if path is not None:
        yield f"{_path(provider)}.HOOK", path, hook.find


def _unusable(setting: str, path: str, find: Callable[[str], Any]) -> Iterator[checks.CheckMessage]:
    try:
        find(path)
    except ImportError as error:
        yield _message("E015", f"{setting} names {path}, which can't be imported: {error}.")
    except TypeError as error:
        yield _message("E015", f"{setting} names {path}, which can't be used: {error}.")


def check_group_permissions(**_: Any) -> list[checks.CheckMessage]:
    """E013 and W004: groups as code. Read from the models, so that it needs no database."""
    settings = conf.usable_settings()
    if settings is None:
        return []
    return [
        one
        for group, names in settings.group_permissions.items()
        for index, name in enumerate(names)
        for one in _permission(f"RELYANT.GROUP_PERMISSIONS.{group}[{index}]", name)
    ]


def check_policy_rules(**_: Any) -> list[checks.CheckMessage]:
    """W017: rules that nobody can match, and such."""
    settings = conf.usable_settings()
    if settings is None:
        return []
    readable = [provider for provider in settings.providers.values() if _has_a_policy(provider)]
    return [
        _message("W017", f"{oddity}.", f"{oddity.hint[:1].upper()}{oddity.hint[1:]}.")
        for provider in readable
        for oddity in registry.policy_oddities(provider)
    ]


def check_shared_issuers(**_: Any) -> list[checks.CheckMessage]:
    """W018: providers by which one person comes as the same linked identity, and gets different rights."""
    settings = conf.usable_settings()
    providers = settings.providers.values() if settings else ()
    return [
        _message("W018", f"{one.name} and {other.name} have the same issuer and not the same policy.")
        for one, other in combinations(providers, 2)
        if set(one.issuers) & set(other.issuers) and one.policy != other.policy
    ]


def check_several_providers(**_: Any) -> list[checks.CheckMessage]:
    """E016, W020 and W021: which of several providers a login begins at."""
    settings = conf.usable_settings()
    if settings is None:
        return []
    return [*_unknown_providers(settings), *_claimed_twice(settings), *_hosts_of_others(settings)]


def _unknown_providers(settings: RelyantSettings) -> Iterator[checks.CheckMessage]:
    for site, name in settings.admin_providers.items():
        if name not in settings.providers:
            known = list(settings.providers)
            hint = f"{_nearest(name, known)} Known here: {', '.join(known)}.".lstrip()
            yield _message(
                "E016", f"RELYANT.ADMIN_PROVIDERS.{site} names {name}, which is no provider.", hint
            )


def _claimed_twice(settings: RelyantSettings) -> Iterator[checks.CheckMessage]:
    providers = settings.providers.values()
    for setting, claims in (
        ("HOSTS", [(one.name, one.hosts) for one in providers]),
        ("EMAIL_DOMAINS", [(one.name, one.email_domains) for one in providers]),
    ):
        claimed = {name: {host.lower() for host in hosts} for name, hosts in claims}
        for host in sorted(set().union(*claimed.values())):
            by = [name for name, hosts in claimed.items() if host in hosts]
            if len(by) > 1:
                yield _message("W020", f"{' and '.join(by)} both have {host} in {setting}.")


def _hosts_of_others(settings: RelyantSettings) -> Iterator[checks.CheckMessage]:
    """Hosts where no login can end: all come back to `BASE_URL`, or Django refuses them."""
    base_url, allowed = settings.base_url, conf.allowed_hosts()
    for provider in settings.providers.values():
        for host in provider.hosts:
            text = f"RELYANT.PROVIDERS.{provider.name}.HOSTS names {host}, but "
            if base_url and host.lower() != urlsplit(base_url).hostname:
                yield _message("W021", f"{text}BASE_URL is {base_url}.")
            elif allowed and not validate_host(host.lower(), allowed):
                yield _message("W021", f"{text}ALLOWED_HOSTS doesn't have it.")


def check_policy_permissions(**_: Any) -> list[checks.CheckMessage]:
    """W014 and W015: permissions straight from roles."""
    settings = conf.usable_settings()
    found: list[checks.CheckMessage] = []
    for provider in settings.providers.values() if settings else ():
        names = registry.make_policy(provider).permission_names if _has_a_policy(provider) else []
        where = f"{_path(provider)}.PERMISSIONS"
        for name in names:
            found += _permission(f"{where}.{name}", name, no_app="W014", no_permission="W014")
        if sessions.are_cookies() and sum(map(len, names)) > sessions.COOKIE_PERMISSIONS_CHARS:
            found.append(
                _message("W015", f"Not all permissions of {where} fit in a session that is a cookie.")
            )
    return found


def _permission(
    path: str, name: str, *, no_app: str = "E013", no_permission: str = "W004"
) -> Iterator[checks.CheckMessage]:
    label, _, codename = name.partition(".")
    labels = [config.label for config in apps.get_app_configs()]
    if label not in labels:
        text = f"{path} names the app {label}, which is not installed."
        yield _message(no_app, text, _nearest(label, labels))
        return
    models = apps.get_app_config(label).get_models()
    known = [one for model in models for one in _codenames(model._meta)]
    if codename not in known:
        text = f"{path} names {name}, which no model of the app has."
        yield _message(no_permission, text, _meant_permission(label, codename, known))


def _meant_permission(label: str, codename: str, known: Sequence[str]) -> str:
    """A slip of the keyboard, or the model's own: nobody is led from one action to another."""
    action, _, model = codename.partition("_")
    alike = [one for one in known if one.partition("_")[0] == action]
    return _nearest(codename, alike, of=f"{label}.") or _of_model(label, model, known)


def _of_model(label: str, model: str, known: Sequence[str]) -> str:
    named = [f"{label}.{one}" for one in known if model and one.endswith(f"_{model}")]
    return f"The model has {', '.join(named)}." if named else ""


def _codenames(options: Any) -> list[str]:
    """Return the permissions that `migrate` makes for a model."""
    usual = [get_permission_codename(action, options) for action in options.default_permissions]
    return usual + [codename for codename, _name in options.permissions]


def _nearest(name: str, known: Sequence[str] | dict[str, Any], of: str = "") -> str:
    nearest = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"Did you mean {of}{nearest[0]}?" if nearest else ""


def check_policy_groups(*, databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """W016, for `check --database`: groups that a policy names, that aren't there, and that nobody makes.

    The database is asked only where a policy may have such groups. Django 6.1 names all databases unasked.
    """
    settings = conf.usable_settings()
    providers = settings.providers.values() if settings else ()
    if all(groups.creates_groups(one) or not groups.named_groups(one) for one in providers):
        return []
    return [
        _message("W016", f"The policy of {one.provider} names the group {one.name}, which does not exist.")
        for database in databases or ()
        if groups.are_kept_in(database)
        for one in groups.absent(database)
        if not one.is_created
    ]


def check_sessions(**_: Any) -> list[checks.CheckMessage]:
    """W002 and W003: the sessions that logins end in."""
    found = []
    if sessions.are_cookies():
        found.append(_message("W002"))
    if conf.session_cookie_samesite() == "None" and not conf.session_cookie_secure():
        found.append(_message("W003"))
    return found


def check_step_up(**_: Any) -> list[checks.CheckMessage]:
    """W022: whether each name of `STEP_UP` is that of a view, or the beginning of one."""
    settings = conf.usable_settings()
    if settings is None or not settings.step_up:
        return []
    there = sorted(view_names.names())
    return [
        _message("W022", f"STEP_UP names {name}, and no view is named so.", _nearest(name, there))
        for name in settings.step_up
        if not any(demands.is_named_by(name, one) for one in there)
    ]


def check_password_login(**_: Any) -> list[checks.CheckMessage]:
    """W019: whether `PASSWORD_LOGIN` closes what it says."""
    settings = conf.usable_settings()
    if settings is None or settings.password_login:
        return []
    return [
        _message("W019", f"PASSWORD_LOGIN is off, but {name} stands before RelyantBackend.")
        for name in passwords.backends_before(import_string(BACKEND))
    ]


def check_session_address(**_: Any) -> list[checks.CheckMessage]:
    """W009 and W010: whether browsers send the session back to `BASE_URL`."""
    settings = conf.usable_settings()
    if settings is None or settings.base_url is None:
        return []
    found = []
    if conf.session_cookie_secure() and settings.base_url.startswith("http://"):
        found.append(_message("W009"))
    host, domain = urlsplit(settings.base_url).hostname or "", conf.session_cookie_domain()
    if domain and not _domain_matches(host, domain):
        wrong = f"SESSION_COOKIE_DOMAIN is {domain}, BASE_URL's host {host}"
        found.append(_message("W010", f"Browsers refuse the session's cookie: {wrong}."))
    return found


def check_response_mode(**_: Any) -> list[checks.CheckMessage]:
    """E014: whether browsers keep what a login by `form_post` needs, at `BASE_URL`."""
    settings = conf.usable_settings()
    if settings is None or settings.base_url is None:
        return []
    keeps = settings.base_url.startswith("https://") or is_loopback(settings.base_url)
    return [
        _message("E014", f"{provider.name} answers by form_post, but BASE_URL is {settings.base_url}.")
        for provider in settings.providers.values()
        if provider.posts_back and not keeps
    ]


def _domain_matches(host: str, domain: str) -> bool:
    """Whether a host may set a cookie for a domain. RFC 6265 §5.1.3; a leading dot means nothing, §5.2.3."""
    wanted = domain.lower().removeprefix(".")
    return host == wanted or (host.endswith(f".{wanted}") and not _is_an_address(host))


def _is_an_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def check_own_address(**_: Any) -> list[checks.CheckMessage]:
    """W007 and W008, for `check --deploy`: the address that redirect URIs are made of."""
    settings = conf.usable_settings()
    if settings is None:
        return []
    if settings.base_url is None:
        return [_message("W008")] if "*" in conf.allowed_hosts() else []
    plain = settings.base_url.startswith("http://") and not is_loopback(settings.base_url)
    return [_message("W007")] if plain else []


def check_transport(**_: Any) -> list[checks.CheckMessage]:
    """W005, for `check --deploy`: what may travel unencrypted."""
    settings = conf.usable_settings()
    if settings is None:
        return []
    found = []
    if settings.allow_insecure_http_hosts:
        hosts = ", ".join(settings.allow_insecure_http_hosts)
        hint = (
            "Give the provider a certificate, from a private authority with CA_FILE, and remove the setting."
        )
        found.append(_message("W005", f"Tokens and secrets may travel unencrypted to {hosts}.", hint))
    return found + [
        _message("W005", f"The issuer of {provider.name} is reached over plain http.")
        for provider in settings.providers.values()
        if provider.issuer.startswith("http://")
    ]


def check_landing(**_: Any) -> list[checks.CheckMessage]:
    """W006, for `check --deploy`: where a login ends that wasn't asked for by a page of the site.

    Not before: a project that has only begun has no such page yet, and none of its own links leads to it.
    """
    # The last one is where LocaleMiddleware sends a visitor of "/".
    pages = (conf.DEFAULT_LOGIN_REDIRECT_URL, "/", f"/{get_language()}/")
    if conf.login_redirect_url() != conf.DEFAULT_LOGIN_REDIRECT_URL or any(map(_is_a_page, pages)):
        return []
    return [_message("W006")]


def _is_a_page(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def check_key_files(**_: Any) -> list[checks.CheckMessage]:
    """W013, for `check --deploy`: who can read the private keys."""
    settings = conf.usable_settings()
    providers = settings.providers.values() if settings else ()
    keys = [provider.private_key for provider in providers if provider.private_key]
    return [
        _message("W013", f"Others on this machine can read {key.file}.")
        for key in keys
        if key.file is not None and key.is_open_to_others()
    ]


ALL: tuple[Callable[..., list[checks.CheckMessage]], ...] = (
    check_settings,
    check_project,
    check_user_model,
    check_admin,
    check_callables,
    check_group_permissions,
    check_policy_rules,
    check_policy_permissions,
    check_shared_issuers,
    check_several_providers,
    check_sessions,
    check_password_login,
    check_step_up,
    check_session_address,
    check_response_mode,
)
FOR_DATABASES: tuple[Callable[..., list[checks.CheckMessage]], ...] = (check_policy_groups,)
FOR_DEPLOYMENT: tuple[Callable[..., list[checks.CheckMessage]], ...] = (
    check_transport,
    check_own_address,
    check_landing,
    check_key_files,
)
