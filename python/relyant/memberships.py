"""Rows of groups and memberships, in one statement however many there are. Only `provisioning` calls it.

Why SQL is written out here: docs/decisions/0005.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import Exists, OuterRef, Q
from django.db.models.signals import m2m_changed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from django.db.models import Model


@dataclass(frozen=True)
class Known:
    """Groups with their ids by name, and those among them that a user is in."""

    ids: Mapping[str, Any]
    hers: frozenset[str]


def read(user: Any, names: Collection[str], *, using: str) -> Known:
    """Read the groups that a user is in, and those of these names."""
    field = user._meta.get_field("groups")
    ours, theirs = field.m2m_field_name(), field.m2m_reverse_field_name()
    hers = field.remote_field.through._base_manager.using(using).filter(**{ours: user.pk})
    rows = (
        field.related_model._base_manager.using(using)
        .filter(Q(name__in=names) | Q(pk__in=hers.values(theirs)))
        .annotate(is_hers=Exists(hers.filter(**{theirs: OuterRef("pk")})))
        .values_list("name", "pk", "is_hers")
    )
    # Compared again, since a database may fold case where a role must not.
    found = [(name, pk, is_hers) for name, pk, is_hers in rows if is_hers or name in names]
    ids = {name: pk for name, pk, _ in found}
    return Known(ids, frozenset(name for name, _, is_hers in found if is_hers))


def create(user_model: Any, names: Collection[str], *, using: str) -> dict[str, Any]:
    """Create groups; returns their ids by name."""
    model = user_model._meta.get_field("groups").related_model
    insert([model(name=name) for name in sorted(names)], using=using)
    rows = model._base_manager.using(using).filter(name__in=names).values_list("name", "pk")
    return {name: pk for name, pk in rows if name in names}


def join(user: Any, group_ids: Collection[Any], *, using: str) -> None:
    """Make the user a member of groups that she isn't in, with the signals of `user.groups.add`."""
    field = user._meta.get_field("groups")
    through = field.remote_field.through
    if not through._meta.auto_created:  # a table of the project's own may want more than two columns
        user.groups.add(*group_ids)
        return
    ours, theirs = field.m2m_field_name(), field.m2m_reverse_field_name()
    rows = [through(**{f"{ours}_id": user.pk, f"{theirs}_id": group_id}) for group_id in group_ids]
    change = {
        "sender": through,
        "instance": user,
        "reverse": False,
        "model": field.related_model,
        "pk_set": set(group_ids),
        "using": using,
        # Since Django 6.1; a receiver takes any arguments, so that the versions before it don't mind.
        "raw": False,
    }
    m2m_changed.send(action="pre_add", **change)
    insert(rows, using=using)
    m2m_changed.send(action="post_add", **change)


def leave(user: Any, group_ids: Collection[Any]) -> None:
    """End the user's membership of groups."""
    user.groups.remove(*group_ids)


def insert(rows: Sequence[Model], *, using: str) -> None:
    """Insert new rows of one model.

    Django's `bulk_create` does it, but splits at SQLite's old limit of 999 parameters, which has been 32,766
    since SQLite 3.32: there the statement is written out.
    """
    connection, model = connections[using], type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    if connection.ops.bulk_batch_size(fields, rows) >= len(rows):
        model._base_manager.using(using).bulk_create(rows)
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    values = [
        field.get_db_prep_save(field.pre_save(one, add=True), connection) for one in rows for field in fields
    ]
    table, rows_sql = quote(model._meta.db_table), ", ".join([row] * len(rows))
    # Names come from the model; every value is a parameter.
    statement = f"INSERT INTO {table} ({columns}) VALUES {rows_sql}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
