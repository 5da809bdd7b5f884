"""The admin's list of linked identities: to read, and to unlink by deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from relyant.models import LinkedIdentity

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(LinkedIdentity)
class LinkedIdentityAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Who signs in by which provider. Nobody makes or changes a link by hand: a login does."""

    list_display = ("user", "issuer", "subject", "created_at", "last_login_at")
    list_filter = ("issuer",)
    list_select_related = ("user",)
    # Without it Django shows no search box.
    search_fields = ("subject",)
    date_hierarchy = "last_login_at"
    fields = readonly_fields = ("user", "issuer", "subject", "grants", "created_at", "last_login_at")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Find by subject, and by whatever the user model signs in with."""
        user_model: Any = LinkedIdentity._meta.get_field("user").related_model
        return ("subject", f"user__{user_model.USERNAME_FIELD}")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave a superuser's link to superusers: whoever deletes it locks her out."""
        permitted = super().has_delete_permission(request, obj)
        return permitted and (obj is None or not _is_superuser(obj.user) or _is_superuser(request.user))


def _is_superuser(user: Any) -> bool:
    """Whether a user of any model is one; not every model has the flag."""
    return bool(getattr(user, "is_superuser", False))
