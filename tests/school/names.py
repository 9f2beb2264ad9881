"""Gives the school other names: the same migration and the same changes, under names that look like something else.

Pure: SQL text and a dictionary in, SQL text out. The corpus is written once, under plain names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

# What is renamed: a schema, and objects of every kind. Words that are SQL's as well (name, id, day) are left alone.
NAMES = (
    "school",
    "teachers", "students", "homework", "alumni", "places", "drafts", "visits", "visits_2026_01", "visits_2026_02", "visits_2026_03",
    "visits_default", "regions", "regions_north", "adults", "ages", "far_students",
    "email", "notes", "teacher_id", "student_id", "name_upper", "receipt", "school_id", "seen_at", "phone", "remarks",
    "teachers_pkey", "teachers_email_key", "teachers_name_check", "teachers_name_not_null", "students_pkey", "students_teacher_id_fkey",
    "students_during_excl", "students_age_check", "students_id_check", "homework_student_id_fkey", "percent_in_range",
    "students_teacher_idx", "students_notes_idx", "students_receipt_idx", "teachers_lower_idx", "visits_school_idx",
    "visits_2026_01_school_id_idx", "visits_2026_02_extra_idx", "ages_age_idx",
    "teachers_stamped", "students_told", "students_late", "students_more", "watched",
    "teachers_read_all", "teachers_write_own", "visits_seen", "extra", "drafts_keep", "drafts_more",
    "is_adult", "next_day", "stamp", "tell", "tidy", "pages", "same_grade", "compare_labels", "address_text", "watch",
    "grade", "percent", "address", "score_range", "plain",
    "receipt_numbers", "teachers_id_seq", "more_numbers", "students_stats", "more_stats",
    "school_reader", "school_writer", "school_owner", "school_superuser",
    "changes", "far", "nowhere", "plain_words", "plain_search", "label_ops", "label_family",
)  # fmt: skip
# Reserved words, so many that each object whose turn it is has one of its own.
RESERVED = (
    "select", "from", "order", "group", "table", "where", "user", "to", "on", "with", "grant", "column", "constraint",
    "union", "all", "and", "or", "case", "end", "create", "default", "distinct", "do", "else", "for", "having", "in",
    "into", "limit", "not", "null", "only", "primary", "references", "then", "unique", "using", "when", "window",
)  # fmt: skip


def hostile_names(turn: int) -> dict[str, str]:
    """Return a hostile name for every name of the school; another turn gives each another kind of hostility."""
    reserved = iter(RESERVED)
    ways = (
        lambda name: f"{name[:40]} b",
        lambda name: f"x on {name[:40]}",
        lambda name: f'{name[:20]}q"uote{name[20:40]}',
        lambda name: f"{name}{'_' * (63 - len(name))}",
        lambda name: f"ü{name[:40]}学校",
        lambda name: next(reserved),
        lambda name: f"table {name[:20]}.{name[20:40]}, of x",
        lambda name: f"{name[:20].upper()}{name[20:40]} to (y)",
    )
    return {name: ways[(number + turn) % len(ways)](name) for number, name in enumerate(NAMES)}


def write_project(source: Path, to: Path, names: Mapping[str, str]) -> Path:
    """Write the project with these names into a folder and return its migrations. Writes."""
    for path in source.rglob("*.sql"):
        copy = to / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(rename(path.read_text("utf-8"), names), encoding="utf-8")
    return to / "migrations"


def quote(name: str) -> str:
    """Return a name as PostgreSQL prints it."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED
    return name if plain else '"' + name.replace('"', '""') + '"'


_TOKEN = re.compile(
    r"--[^\n]*|'(?P<literal>(?:[^']|'')*)'(?P<cast>::reg\w+)?|(?P<dollar>\$\$.*?\$\$)|(?P<word>[A-Za-z_]\w*)", re.S
)


def rename(text: str, names: Mapping[str, str]) -> str:
    """Return SQL, or a sentence of drift, with the names replaced wherever they stand as identifiers.

    A literal that is nothing but a name holds it unquoted, unless what follows says that it is read as SQL.
    """

    def change(token: re.Match[str]) -> str:
        if token["word"]:
            return quote(names[token["word"]]) if token["word"] in names else token["word"]
        if token["dollar"]:
            return f"$${rename(token['dollar'][2:-2], names)}$$"
        literal, cast = token["literal"], token["cast"] or ""
        if literal is None:
            return token[0]  # a comment
        before = token.string[: token.start()].rstrip()
        as_sql = cast or before.endswith("nextval(") or literal not in names
        return f"'{rename(literal, names) if as_sql else names[literal]}'{cast}"

    return _TOKEN.sub(change, text)
