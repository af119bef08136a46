"""Quiet hours: when nothing rings."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from .models import Ways


def end(ways: Ways, now: datetime) -> datetime | None:
    """When the quiet hours that `now` falls into end; None where it falls into none. Hours are of Vietnam's time and
    may pass midnight (21:00–07:00); the end itself is no longer quiet."""
    since, until = ways.quiet_from, ways.quiet_until
    if since is None or until is None or since == until:
        return None
    here = timezone.localtime(now)
    if not _inside(here.time(), since, until):
        return None
    ends = here.replace(hour=until.hour, minute=until.minute, second=0, microsecond=0)
    return ends if ends > here else ends + timedelta(days=1)


def _inside(at: time, since: time, until: time) -> bool:
    return since <= at < until if since < until else at >= since or at < until
