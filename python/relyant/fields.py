"""The column type of issuers and subjects. Migrations import it, so its name stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class ByteExactCharField(models.CharField):  # type: ignore[type-arg]  # generic in the stubs alone
    """Text that is compared byte for byte on every database: MySQL's default collation folds case.

    Core §5.7 makes issuer and subject together the only key of a person; §2 makes the subject case-sensitive.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """The column's type, with a binary collation where the database needs one."""
        column = super().db_type(connection)
        return (
            f"{column} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" if connection.vendor == "mysql" else column
        )
