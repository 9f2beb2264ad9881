"""Reads a job's schedule, five fields of cron in UTC, and writes it in systemd's words.

Pure. cronsim reads the fields; what not every cron reads is refused, so that a schedule means one thing everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

_FIELD = re.compile(r"[0-9A-Za-z*/,-]+")
_ONLY_SOME_CRONS = re.compile(r"(?:^|[,\s\d-])(?:L|LW|W)(?:$|[,\s])", re.I)
_ODD_STEP = re.compile(r"(?:^|,)(?:\w+|(\w+)-\1)/")  # of one number: crons do not agree what that is
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FULL = {"minute": range(60), "hour": range(24), "day": range(1, 32), "month": range(1, 13)}


def parse(schedule: str, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> CronSim:
    """Return the schedule from a moment on. ValueError for what is not five fields that every cron reads."""
    fields = schedule.split()
    if len(fields) != 5 or not all(_FIELD.fullmatch(f) and not _ODD_STEP.search(f) for f in fields):
        raise ValueError(schedule)
    if _ONLY_SOME_CRONS.search(schedule):
        raise ValueError(schedule)
    try:
        found = CronSim(schedule, start)
        next(found)  # StopIteration: a day that no month has
        return CronSim(schedule, start)
    except (CronSimError, StopIteration) as error:
        raise ValueError(schedule) from error


def on_calendar(schedule: str) -> str:
    """Return a schedule in systemd's words: `30 2 * * 0` is `Sun *-*-* 02:30:00 UTC`; a line for each way to be due.

    Cron takes a day of the month or a weekday where both are given; systemd would take both, so there are two lines.
    """
    found = parse(schedule)
    minute, hour, day, month, _ = schedule.split()
    weekdays = sorted({(int(d) - 1) % 7 for d in found.weekdays if isinstance(d, int)})
    days = _numbers("day", day, found.days)
    names = "" if len(weekdays) == 7 else _listed(weekdays, lambda n: _WEEKDAYS[n])
    time = f"{_numbers('hour', hour, found.hours)}:{_numbers('minute', minute, found.minutes)}:00 UTC"
    date = f"*-{_numbers('month', month, found.months)}"
    if found.day_and:
        return f"{names} {date}-{days} {time}".strip()
    if days == "*" or not names:
        return f"{date}-* {time}"
    return f"{names} {date}-* {time}\n{date}-{days} {time}"


def _numbers(kind: str, written: str, values: Collection[int]) -> str:
    full = _FULL[kind]
    if set(values) == set(full):
        return "*"
    step = re.fullmatch(r"\*/(\d+)", written)
    # systemd counts on beyond the last number: where steps do not come out even, it passes over the next round's first.
    if step and full.start == 0 and full.stop % int(step[1]) == 0:
        return f"0/{step[1]}"
    return _listed(sorted(values), "{:02}".format)


def _listed(values: Iterable[int], name: Callable[[int], str]) -> str:
    """Return numbers as a list of names, three or more in a row as a range."""
    rows: list[list[int]] = []
    for value in values:
        if rows and rows[-1][-1] == value - 1:
            rows[-1].append(value)
        else:
            rows.append([value])
    parts = [[f"{name(r[0])}..{name(r[-1])}"] if len(r) > 2 else [name(v) for v in r] for r in rows]
    return ",".join(p for part in parts for p in part)
