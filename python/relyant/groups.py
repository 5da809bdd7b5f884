"""Groups as code: `GROUP_PERMISSIONS`, made true after each `migrate`, and compared on request."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db import DatabaseError, InterfaceError, connections, router

from relyant import conf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.apps.registry import Apps

    from relyant.conf import ProviderSettings

logger = logging.getLogger("relyant")


def apply_group_permissions(using: str, apps: Apps = installed_apps, **_: Any) -> None:
    """Create the groups that the settings name, with exactly the permissions that they list.

    Received once a `migrate`, for each database. Permissions that this `migrate` brings are made first, since
    the receiver that usually makes them may come later.
    """
    wanted = conf.relyant_settings().group_permissions
    if not wanted or not _is_kept_in(using, apps):
        return
    group_model = apps.get_model("auth", "Group")
    permissions = _permissions({name for names in wanted.values() for name in names}, using, apps)
    for name, names in wanted.items():
        group, _created = group_model._base_manager.using(using).get_or_create(name=name)
        group.permissions.set([pk for one in names for pk in permissions.get(one, ())])
        for missing in sorted(set(names) - permissions.keys()):
            logger.warning("GROUP_PERMISSIONS: group %s names %s, which is no permission", name, missing)


@dataclass(frozen=True)
class ComparedGroup:
    """A group of `GROUP_PERMISSIONS` beside the one in the database, by permissions' names.

    `unknown` are named by the settings and no permissions at all.
    """

    name: str
    exists: bool
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the database has what the settings say."""
        return self.exists and not (self.missing or self.extra or self.unknown)


@dataclass(frozen=True)
class AbsentGroup:
    """A group that a provider's policy names and that isn't there; `is_created` where a sign-in makes it."""

    provider: str
    name: str
    is_created: bool


def are_kept_in(using: str) -> bool:
    """Whether this database can be reached and has the table of groups, as after the first `migrate`."""
    model = installed_apps.get_model("auth", "Group")
    if not router.allow_migrate_model(using, model):
        return False
    try:
        return model._meta.db_table in connections[using].introspection.table_names()
    except (DatabaseError, InterfaceError):
        return False


def compare(using: str) -> list[ComparedGroup]:
    """Compare `GROUP_PERMISSIONS` with the database, in two statements; nothing is written."""
    wanted = conf.relyant_settings().group_permissions
    names = {name for permissions in wanted.values() for name in permissions}
    known = _known_permissions(names, using)
    held = _held_permissions(wanted, using)
    return [
        ComparedGroup(
            name=group,
            exists=group in held,
            missing=_sorted((set(permissions) & known) - held.get(group, set())),
            extra=_sorted(held.get(group, set()) - set(permissions)),
            unknown=_sorted(set(permissions) - known),
        )
        for group, permissions in wanted.items()
    ]


def absent(using: str) -> list[AbsentGroup]:
    """List the groups that policies name and the database lacks, but for those of `GROUP_PERMISSIONS`."""
    settings = conf.relyant_settings()
    named = [(one, name) for one in settings.providers.values() for name in named_groups(one)]
    held = _held_permissions({name for _, name in named}, using)
    return [
        AbsentGroup(provider.name, name, creates_groups(provider))
        for provider, name in named
        if name not in held and name not in settings.group_permissions
    ]


def named_groups(provider: ProviderSettings) -> list[str]:
    """The groups that a provider's policy names; none where roles name them."""
    named = provider.policy.get("GROUPS")
    return sorted(named) if isinstance(named, dict) else []


def creates_groups(provider: ProviderSettings) -> bool:
    """Whether a sign-in makes a group that is missing."""
    named = isinstance(provider.policy.get("GROUPS"), dict)
    return bool(provider.policy.get("CREATE", named))


def _known_permissions(names: Iterable[str], using: str) -> set[str]:
    """Those names that are permissions in the database."""
    wanted = set(names)
    model = installed_apps.get_model("auth", "Permission")
    codenames = {name.partition(".")[2] for name in wanted}
    rows = model._base_manager.using(using).filter(codename__in=codenames)
    return {
        f"{label}.{codename}" for label, codename in rows.values_list("content_type__app_label", "codename")
    } & wanted


def _held_permissions(groups: Iterable[str], using: str) -> dict[str, set[str]]:
    """The permissions of the groups that exist, by the group's name."""
    wanted = set(groups)
    model = installed_apps.get_model("auth", "Group")
    rows = (
        model._base_manager.using(using)
        .filter(name__in=wanted)
        .values_list("name", "permissions__content_type__app_label", "permissions__codename")
    )
    held: dict[str, set[str]] = {}
    for name, label, codename in rows:
        # Compared again, since a database may fold case where a role must not.
        if name in wanted:
            held.setdefault(name, set()).update([f"{label}.{codename}"] if codename else [])
    return held


def _sorted(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _is_kept_in(using: str, apps: Apps) -> bool:
    """Whether this database has groups, at the point that `migrate` has reached."""
    try:
        group_model = apps.get_model("auth", "Group")
    except LookupError:
        return False
    return router.allow_migrate_model(using, group_model)


def _permissions(names: Iterable[str], using: str, apps: Apps) -> dict[str, list[Any]]:
    """Return the ids of permissions by name; one codename may be on several models of an app."""
    labels = {name.partition(".")[0] for name in names}
    for config in installed_apps.get_app_configs():
        if config.label in labels:
            create_permissions(config, verbosity=0, interactive=False, using=using, apps=apps)
    permissions = apps.get_model("auth", "Permission")._base_manager.using(using)
    found: dict[str, list[Any]] = {}
    rows = permissions.filter(content_type__app_label__in=labels)
    for pk, label, codename in rows.values_list("pk", "content_type__app_label", "codename"):
        found.setdefault(f"{label}.{codename}", []).append(pk)
    return found
