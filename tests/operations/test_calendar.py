"""A schedule means one thing: to Slate, to systemd, and to an independent reader of cron."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slate_pg.operations.calendar import on_calendar, parse

ANALYZE = shutil.which("systemd-analyze")
START = datetime(2026, 1, 1, tzinfo=UTC)

CASES = [
    ("10 0 * * *", "*-*-* 00:10:00 UTC"),
    ("30 2 * * 0", "Sun *-*-* 02:30:00 UTC"),
    ("30 2 * * 7", "Sun *-*-* 02:30:00 UTC"),
    ("30 2 * * sun", "Sun *-*-* 02:30:00 UTC"),
    ("*/30 * * * *", "*-*-* *:0/30:00 UTC"),
    ("0 2 2 1 *", "*-01-02 02:00:00 UTC"),
    ("0 2 * jan-mar *", "*-01..03-* 02:00:00 UTC"),
    ("0 2 * JAN,jul *", "*-01,07-* 02:00:00 UTC"),
    ("0 2 * * 1-5", "Mon..Fri *-*-* 02:00:00 UTC"),
    ("0 2 * * mon-fri", "Mon..Fri *-*-* 02:00:00 UTC"),
    ("0 2 * * 5-7", "Fri..Sun *-*-* 02:00:00 UTC"),
    ("0 2 * * 0,6", "Sat,Sun *-*-* 02:00:00 UTC"),
    ("0 2 13 * 5", "Fri *-*-* 02:00:00 UTC\n*-*-13 02:00:00 UTC"),
    ("0 2 */10 * 5", "Fri *-*-01,11,21,31 02:00:00 UTC"),
    ("5,35 8-17 * * *", "*-*-* 08..17:05,35:00 UTC"),
    ("10-50/20 * * * *", "*-*-* *:10,30,50:00 UTC"),
    ("0 0 1-31 * 3", "*-*-* 00:00:00 UTC"),
]


@pytest.mark.parametrize(("cron", "calendar"), CASES)
def test_a_schedule_in_systemds_words(cron: str, calendar: str) -> None:
    assert on_calendar(cron) == calendar


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "0 * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8",
     "5-1 * * * *", "*/0 * * * *", "0 0 30 2 *", "0 0 L * *", "0 0 LW * *", "0 0 * * 5L", "0 0 * * 1#2", "0 0 * * mo",
     "@daily", "0 0 * * 1,,2", "0 0 ? * *", "0 0 * * *; rm -rf /", "é * * * *", "5/15 * * * *", "5-5/15 * * * *"],
)  # fmt: skip
def test_what_not_every_cron_reads_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        parse(cron)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda p: f"{min(p)}-{max(p)}")
    term = st.one_of(
        number.map(str), span, st.tuples(span.filter(lambda s: len(set(s.split("-"))) == 2), st.integers(1, 9)).map(lambda p: f"{p[0]}/{p[1]}"),
        st.integers(1, 9).map(lambda n: f"*/{n}"),
    )  # fmt: skip
    return st.one_of(st.just("*"), term, st.lists(term, min_size=1, max_size=3).map(",".join))


def is_in(written: str, value: int, low: int, high: int) -> bool:
    """Tell by the definition, and by no library, whether a field of cron holds a number."""
    for term in written.split(","):
        body, _, step = term.partition("/")
        first, _, last = body.partition("-")
        start, end = (low, high) if body == "*" else (int(first), int(last or first))
        if start <= value <= end and (value - start) % int(step or 1) == 0:
            return True
    return False


def is_due(fields: list[str], moment: datetime) -> bool:
    minute, hour, day, month, weekday = fields
    on_day = is_in(day, moment.day, 1, 31)
    on_weekday = any(is_in(weekday, n, 0, 7) for n in {moment.isoweekday() % 7, moment.isoweekday()})
    both = day.startswith("*") or weekday.startswith("*")
    return (
        is_in(minute, moment.minute, 0, 59)
        and is_in(hour, moment.hour, 0, 23)
        and is_in(month, moment.month, 1, 12)
        and (on_day and on_weekday if both else on_day or on_weekday)
    )


SCHEDULES = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(SCHEDULES)
def test_the_next_times_are_those_that_the_definition_gives(cron: str) -> None:
    try:
        found = list(islice(parse(cron, START), 3))
    except ValueError:
        return  # a day that no month has
    for moment in found:
        assert is_due(cron.split(), moment), f"{cron}: {moment}"
    between = START
    for _ in range(2000):
        between += timedelta(minutes=1)
        assert is_due(cron.split(), between) is (between in found) or between > found[-1], f"{cron}: {between}"


def elapses(line: str, number: int) -> list[datetime]:
    """Return the next times of a line of OnCalendar, as systemd says."""
    command = [str(ANALYZE), "calendar", f"--iterations={number}", "--base-time=2025-12-31 23:59:59 UTC", line]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env={"TZ": "UTC", "LC_ALL": "C"}).stdout
    times = [text.partition(": ")[2] for text in said.splitlines() if "UTC" in text and "form" not in text]
    return sorted(
        {datetime.strptime(t, "%a %Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC) for t in times if t[:3].isalpha()}
    )


@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not on this machine")
@settings(max_examples=60, deadline=None)
@given(SCHEDULES | st.sampled_from([cron for cron, _ in CASES]))
def test_systemd_reads_the_same_times(cron: str) -> None:
    try:
        expected = list(islice(parse(cron, START - timedelta(minutes=1)), 5))
    except ValueError:
        return
    lines = on_calendar(cron).splitlines()
    found = sorted({moment for line in lines for moment in elapses(line, 5)})[:5]
    assert found == expected, f"{cron}: {lines}"
