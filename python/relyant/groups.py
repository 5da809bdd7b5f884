"""Groups as code: `GROUP_PERMISSIONS`, made true after each `migrate`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db import router

from relyant import conf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.apps.registry import Apps

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
