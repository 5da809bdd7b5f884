"""What our lists in the admin share: rows that nobody edits, found by provider and by user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from relyant import conf
from relyant.models import user_model

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class ReadOnly:
    """Nobody adds or changes a row by hand: what happens does."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


class _ProviderFilter(admin.SimpleListFilter):
    """By provider, as visitors know it; no row is read to list them."""

    title = _("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """List the providers of the settings."""
        settings = conf.usable_settings()
        return list(settings.labels().items()) if settings else []


class IssuerFilter(_ProviderFilter):
    """The same, for rows that keep the issuer alone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of its issuers: with `TENANTS` there are several."""
        settings = conf.usable_settings()
        chosen = settings.providers.get(self.value() or "") if settings else None
        return queryset.filter(issuer__in=chosen.issuers) if chosen else queryset


class NameFilter(_ProviderFilter):
    """The same, for rows that keep the provider's name."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of its name."""
        return queryset.filter(provider=self.value()) if self.value() else queryset


class NamesProvider:
    """A column with the provider, for rows that keep its name."""

    @admin.display(description=_("provider"), ordering="provider")
    def provider_name(self: Any, row: Any) -> str:
        """Name the provider as visitors know it; one that is gone as the settings did."""
        settings = conf.usable_settings()
        labels = settings.labels() if settings else {}
        name: str = labels.get(row.provider, row.provider) or self.get_empty_value_display()
        return name


def name_lookups() -> list[str]:
    """What a user is found by: the field that the user model signs in with, and her e-mail address."""
    model = user_model()
    names = (model.USERNAME_FIELD, getattr(model, "EMAIL_FIELD", "email"))
    fields = {one.name for one in model._meta.get_fields()}
    return [f"user__{name}" for name in dict.fromkeys(names) if name in fields]
