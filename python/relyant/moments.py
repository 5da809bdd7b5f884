"""Moments of rows as one reads them: aware or naive, as `USE_TZ` has it."""

from __future__ import annotations

from datetime import datetime, timezone

from django.utils import timezone as site_time


def here(moment: datetime) -> datetime:
    """A row's moment in the active time zone; without `USE_TZ` it is in the site's own."""
    return site_time.localtime(moment) if site_time.is_aware(moment) else moment


def utc(moment: datetime) -> datetime:
    """A row's moment in UTC. A naive one is in the site's own zone, which Django makes the process's."""
    return moment.astimezone(timezone.utc)


def in_words(moment: datetime) -> str:
    """A row's moment in UTC, as lines for operators have it."""
    return utc(moment).strftime("%Y-%m-%d %H:%M:%S UTC")


def of_epoch(seconds: float) -> datetime:
    """Seconds since the epoch as a row would have them."""
    return of_row(datetime.fromtimestamp(seconds, timezone.utc))


def of_row(moment: datetime) -> datetime:
    """A moment as a row would have it; a naive one is in the site's own zone."""
    if site_time.is_aware(site_time.now()):
        return utc(moment)
    return moment.astimezone().replace(tzinfo=None) if site_time.is_aware(moment) else moment
