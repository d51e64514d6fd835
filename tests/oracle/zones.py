#!/usr/bin/env python3
"""Which instant a local time is, in every IANA zone from 2015 to 2035, by Python's zoneinfo.

Prints `zone <tab> local time <tab> seconds since 1970`: the first day of every month at 02:30, and around every
transition the minutes before, in and after it. A skipped local time is the first instant after the gap, a repeated one
its first occurrence.
"""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

UTC = timezone.utc
FIRST, LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def offset(zone, at):
    return at.astimezone(zone).utcoffset()


def transitions(zone):
    """Each as its instant and the offsets before and after it."""
    at = FIRST
    while at < LAST:
        then = min(at + 7 * DAY, LAST)
        before, after = offset(zone, at), offset(zone, then)
        low, high = at, then
        # Two changes within a week that undo each other are looked for day by day.
        if before == after:
            days = [low + day * DAY for day in range(1, 7)]
            changed = [day for day in days if day < then and offset(zone, day) != before]
            if changed:
                high = changed[0]
                after = offset(zone, high)
        if before != after:
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            yield high, before, offset(zone, high)
            at = high
        else:
            at = then


def instant(zone, local):
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    low, high = sorted([first, local.replace(tzinfo=zone, fold=1).astimezone(UTC)])
    before = offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
    return high


def main():
    out = []
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        locals_ = [datetime(year, month, 1, 2, 30) for year in range(2015, 2036) for month in range(1, 13)]
        for at, before, after in transitions(zone):
            ends = sorted([(at + before).replace(tzinfo=None), (at + after).replace(tzinfo=None)])
            middle = ends[0] + (ends[1] - ends[0]) / 2
            locals_ += [edge + step for edge in ends for step in (-MINUTE, timedelta(0), MINUTE)] + [middle]
        for local in locals_:
            local = local.replace(microsecond=0)
            out.append(f"{name}\t{local.isoformat()}\t{int(instant(zone, local).timestamp())}\n")
    sys.stdout.write("".join(out))


main()
