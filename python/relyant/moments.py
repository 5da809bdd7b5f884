"""Moments of rows as one reads them: aware or naive, as `USE_TZ` has it."""

from __future__ import annotations

from datetime import datetime, timezone

from django.utils import timezone as site_time


def here(moment: datetime) -> datetime:
    """A row's moment in the active time zone; without `USE_TZ` it is in the site's own."""
    return site_time.localtime(moment) if site_time.is_aware(moment) else moment


def utc(moment: datetime) -> datetime:
    """A row's moment in UTC."""
    aware = (
        moment
        if site_time.is_aware(moment)
        else site_time.make_aware(moment, site_time.get_default_timezone())
    )
    return aware.astimezone(timezone.utc)


def of_epoch(seconds: float) -> datetime:
    """Seconds since the epoch as a row would have them."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    if site_time.is_aware(site_time.now()):
        return moment
    return site_time.make_naive(moment, site_time.get_default_timezone())
