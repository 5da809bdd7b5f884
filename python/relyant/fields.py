"""The column type of issuers and subjects. Migrations import it, so its name stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


# The first MySQL with a binary collation that doesn't pad.
_WITHOUT_PADDING = (8, 0, 17)


class ByteExactCharField(models.CharField):  # type: ignore[type-arg]  # generic in the stubs alone
    """Text that is compared byte for byte on every database: MySQL and MariaDB fold case, and drop blanks.

    Core §5.7 makes issuer and subject together the only key of a person; §2 makes the subject case-sensitive.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """The column's type, with a binary collation where the database needs one."""
        column = super().db_type(connection)
        if connection.vendor != "mysql":
            return column
        return f"{column} CHARACTER SET utf8mb4 COLLATE {_collation(connection)}"


def _collation(connection: Any) -> str:
    """The binary collation that takes blanks at the end for what they are, where there is one.

    MySQL before 8.0.17 has none: there somebody whose subject differs by such a blank alone is refused.
    """
    if connection.mysql_is_mariadb:
        return "utf8mb4_nopad_bin"
    return "utf8mb4_0900_bin" if connection.mysql_version >= _WITHOUT_PADDING else "utf8mb4_bin"
