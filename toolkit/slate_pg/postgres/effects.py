"""Recognises SQL that acts beyond its database: on the cluster (roles, databases, settings) or on the machine.

Pure: text in, words out. A statement is read by its tokens, never by words in its strings; bodies of DO and of
functions are read as code, and strings in them as SQL that may be executed. What is put together at run time cannot
be known from the text: `Effect.dynamic` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slate_pg.postgres.statements import CODE, IDENTIFIER, STRING, split, tokens

CLUSTER, MACHINE = "cluster", "machine"
UNTRUSTED = r"(?:c|internal|plpython\d*u|plperlu|pltclu|\w+u)"
_REACHING = r"(?:file_fdw|postgres_fdw|dblink|adminpack|pg_cron|plpython\d*u|plperlu|pltclu)"
_NAME = r"[\w$.]+"
# (what, kind, whether a sandbox can run it, pattern at the start of a statement)
_STATEMENTS = tuple(
    (what, kind, runs, re.compile(pattern, re.I | re.S))
    for what, kind, runs, pattern in (
        ("runs a program on the server's machine", MACHINE, False, r"COPY\b.*\b(?:FROM|TO)\s+PROGRAM\s+E?''"),
        ("reads or writes a file of the server's machine", MACHINE, False, r"COPY\b.*\b(?:FROM|TO)\s+E?''"),
        ("loads a library into the server", MACHINE, False, r"LOAD\b"),
        ("makes a function that is not confined to SQL", MACHINE, False,
         rf"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b.*\bLANGUAGE\s+'?{UNTRUSTED}'?(?=[\s;']|$)"),
        ("makes a language", MACHINE, False,
         r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:TRUSTED\s+)?(?:PROCEDURAL\s+)?LANGUAGE\b"),
        ("makes an extension that reaches files, programs or other servers", MACHINE, True,
         rf"CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?{_REACHING}(?=[\s;]|$)"),
        ("reaches another server or a file", MACHINE, False,
         r"(?:CREATE|ALTER)\s+(?:SERVER|FOREIGN|USER\s+MAPPING)\b|IMPORT\s+FOREIGN\s+SCHEMA\b"),
        ("changes a subscription, which reaches another server", CLUSTER, False,
         r"(?:CREATE|ALTER|DROP)\s+SUBSCRIPTION\b"),
        ("changes the settings of the whole server", CLUSTER, False, r"ALTER\s+SYSTEM\b"),
        ("changes a database", CLUSTER, False, r"(?:CREATE|DROP)\s+DATABASE\b"),
        ("changes a database", CLUSTER, True, r"(?:ALTER|COMMENT\s+ON)\s+DATABASE\b"),
        ("changes a tablespace", CLUSTER, False, r"(?:CREATE|ALTER|DROP|COMMENT\s+ON)\s+TABLESPACE\b"),
        ("changes roles", CLUSTER, True,
         r"(?:(?:CREATE|ALTER|DROP)\s+(?:ROLE|GROUP|USER(?!\s+MAPPING))|COMMENT\s+ON\s+ROLE)\b"),
        ("gives away the right to run programs or reach files of the machine", MACHINE, False,
         r"GRANT\b.*\bpg_(?:execute_server_program|read_server_files|write_server_files)\b"),
        ("changes who is a member of which role", CLUSTER, True, r"(?:GRANT|REVOKE)\b(?!.*\bON\b)"),
        ("changes privileges on something all databases share", CLUSTER, True,
         r"(?:GRANT|REVOKE)\b.*\bON\s+(?:DATABASE|TABLESPACE|PARAMETER|FOREIGN)\b"),
        ("changes all that a role owns, also what databases share", CLUSTER, True, r"(?:REASSIGN|DROP)\s+OWNED\b"),
        ("goes on as another role", "", True, r"SET\s+(?:(?:SESSION|LOCAL)\s+)?(?:ROLE|AUTHORIZATION)\b"),
        ("gives an object to another role", "", True, r"ALTER\b.*\bOWNER\s+TO\b"),
    )
)  # fmt: skip
_CALLS = tuple(
    (what, kind, re.compile(rf"\b({names})\s*\(", re.I))
    for what, kind, names in (
        ("reads or writes files of the server's machine", MACHINE,
         r"pg_read_file|pg_read_binary_file|pg_stat_file|pg_ls_\w+|pg_file_\w+|pg_logdir_ls|lo_import|lo_export"),
        ("reaches another server", MACHINE, r"dblink\w*"),
        ("acts on the whole server", CLUSTER,
         r"pg_reload_conf|pg_rotate_logfile|pg_terminate_backend|pg_cancel_backend|pg_promote|pg_switch_wal|"
         r"pg_create_(?:logical|physical)_replication_slot|pg_drop_replication_slot|pg_replication_origin_\w+|"
         r"pg_(?:wal|backup|start_backup)_(?:replay_\w+|start|stop)|pg_stat_reset_shared"),
    )
)  # fmt: skip
_BODY = re.compile(r"(?:DO\b|CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b)", re.I)
_DO = re.compile(r"DO\b", re.I)
_STARTS = re.compile(r"(?:^|;|\b(?:BEGIN|THEN|ELSE|LOOP|EXECUTE)\b)\s*", re.I)
_DYNAMIC = re.compile(r"\bEXECUTE\b(?!\s+(?:FUNCTION|PROCEDURE|ON)\b)(?!\s*E?''\s*(?:;|USING|INTO|$))", re.I)
_PLAIN = re.compile(r'"[a-z_][\w$]*"')
_WORDS = ('"on"', '"program"')  # names that would pass for the words they are spelt like
_LANGUAGE = re.compile(r"\bLANGUAGE\s+$", re.I)
_BRACKETED = re.compile(r"\([^()]*\)")
# What the server says when it is asked for the machine by somebody who may not.
_REFUSED = re.compile(
    r"external program|to COPY (?:from|to) a file|permission denied for function (?:pg_read|pg_stat_file|pg_ls_|"
    r"pg_file|lo_|dblink)|permission denied for language|access to library"
)
_EXTENSION = re.compile(
    rf"CREATE\s+EXTENSION\s+(?P<quietly>IF\s+NOT\s+EXISTS\s+)?(?P<name>\"[^\"]+\"|{_NAME})(?P<rest>[^;]*);?\s*$", re.I
)

_PARAMETER = re.compile(r'\bset\s+(?:(?:local|session)\s+)?("?[a-z_][\w$]*(?:"?\."?[a-z_][\w$]*)+)"?', re.I)


_ROLE_MADE = re.compile(r'create\s+(?:role|user|group)\s+(?!mapping\b)("(?:[^"]|"")+"|[\w$]+)', re.I)


@dataclass(frozen=True)
class Effect:
    """What a statement does beyond its database.

    `kind` is "cluster" or "machine"; empty where the text shows neither, or only a change of roles. `later` is True
    where it acts when it is
    called, not now; `runs` whether a sandbox can run it; `dynamic` whether SQL is put together at run time.
    """

    kind: str = ""
    what: str = ""
    later: bool = False
    runs: bool = True
    dynamic: bool = False


NOTHING = Effect()


@dataclass(frozen=True)
class ExtensionWanted:
    """A CREATE EXTENSION, taken apart; names without their quotes, None where they are not given."""

    name: str
    schema: str | None
    version: str | None
    cascades: bool
    quietly: bool


def effect(text: str) -> Effect:
    """Return what one statement does beyond its database, as far as its text shows. Pure."""
    code, strings = _skeleton(text)
    found = _first(_statement_effects(code, at_start=True), _called(code))
    bodied = _BODY.match(code)
    if not bodied:
        return found or NOTHING
    inside = _first(_inside(strings), iter((found,) if found else ()))
    dynamic = any(_is_dynamic(body) for body in strings)
    if found and not found.runs:
        return found
    if inside is None:
        return Effect(dynamic=dynamic and bool(_DO.match(code)))
    now = bool(_DO.match(code))
    return Effect(inside.kind, inside.what, not now, inside.runs or not now, dynamic and now)


def refused(message: str) -> bool:
    """Tell whether the server's refusal shows that a statement wanted the machine. Pure."""
    return bool(_REFUSED.search(message))


def parameters_set(*texts: str) -> set[str]:
    """Return the names with a dot that scripts set, such as app.user_id. Pure."""
    return {name.replace('"', "").lower() for text in texts for name in _PARAMETER.findall(text)}


def roles_made(text: str) -> set[str]:
    """Return the roles that the statements of a script make, whatever was there before: not those in bodies. Pure."""
    if not _ROLE_MADE.search(text):
        return set()
    plain = (
        "".join(s.text[a:b] if kind in (CODE, IDENTIFIER) else " " for kind, a, b in tokens(s.text))
        for s in split(text)
    )
    names = (found[1] for p in plain if (found := _ROLE_MADE.match(p.strip())))
    return {name[1:-1].replace('""', '"') if name.startswith('"') else name.lower() for name in names}


def extension_wanted(text: str) -> ExtensionWanted | None:
    """Return what a CREATE EXTENSION asks for; None for any other statement. Pure."""
    text = text.strip(" ;\n")
    plain = "".join(text[a:b] if kind in (CODE, IDENTIFIER, STRING) else " " for kind, a, b in tokens(text))
    match = _EXTENSION.match(plain.strip())
    if not match:
        return None
    rest = match["rest"]
    return ExtensionWanted(
        _unquoted(match["name"]), _option(rest, "SCHEMA"), _option(rest, "VERSION"),
        bool(re.search(r"\bCASCADE\b", rest, re.I)), bool(match["quietly"]),
    )  # fmt: skip


def _option(rest: str, word: str) -> str | None:
    found = re.search(rf"\b{word}\s+(\"[^\"]+\"|'[^']+'|{_NAME})", rest, re.I)
    return _unquoted(found[1]) if found else None


def _unquoted(name: str) -> str:
    return name[1:-1] if name[:1] in "\"'" else name.lower()


def _skeleton(text: str) -> tuple[str, list[str]]:
    """Return a statement's code with '' for every string and plain names unquoted, and the strings' texts."""
    parts: list[str] = []
    strings: list[str] = []
    for kind, start, end in tokens(text):
        piece = text[start:end]
        if kind == STRING:
            strings.append(_content(piece))
            parts.append(strings[-1] if _LANGUAGE.search("".join(parts[-3:])) else "''")
        elif kind == IDENTIFIER:
            parts.append(piece[1:-1] if _PLAIN.fullmatch(piece) and piece not in _WORDS else "x")
        elif kind == CODE or piece in "()[];":
            parts.append(piece)
        else:
            parts.append(" ")
    return "".join(parts).strip(), strings


def _content(literal: str) -> str:
    """Return what stands between a string's quotes."""
    if literal.startswith("$"):
        tag = literal[: literal.index("$", 1) + 1]
        return literal[len(tag) : -len(tag)]
    return literal[1:-1].replace("''", "'")


def _first(*sources: Iterable[Effect]) -> Effect | None:
    """Return the gravest effect: on the machine before on the cluster, what cannot be run before what can."""
    every = [e for source in sources for e in source]
    return min(every, key=lambda e: (e.kind != MACHINE, e.kind != CLUSTER, e.runs), default=None)


def _statement_effects(code: str, at_start: bool) -> Iterator[Effect]:
    """Yield what the statements of some code are; of one statement, or of all that a body may hold."""
    starts = [0] if at_start else [m.end() for m in _STARTS.finditer(code)]
    for start in starts:
        end = code.find(";", start) if not at_start else len(code)
        piece = code[start : end if end >= 0 else len(code)]
        if piece[:4].upper() == "COPY":
            piece = _without_brackets(piece)
        for what, kind, runs, pattern in _STATEMENTS:
            if pattern.match(piece):
                yield Effect(kind, what, runs=runs)


def _without_brackets(code: str) -> str:
    """Return the code without what stands in round brackets: a query's own FROM is not COPY's."""
    while (shorter := _BRACKETED.sub(" ", code)) != code:
        code = shorter
    return code


def _called(code: str) -> Iterator[Effect]:
    """Yield what functions are called that act beyond the database."""
    for what, kind, pattern in _CALLS:
        if match := pattern.search(code):
            yield Effect(kind, f"{match[1].lower()} {what}", runs=False)


def _inside(strings: Iterable[str], depth: int = 0) -> Iterator[Effect]:
    """Yield what bodies do, and what the strings in them would do when executed."""
    for text in strings:
        code, nested = _skeleton(text)
        yield from _statement_effects(code, at_start=depth > 0)
        yield from _called(code)
        if depth < 3:
            yield from _inside(nested, depth + 1)


def _is_dynamic(body: str) -> bool:
    return bool(_DYNAMIC.search(_skeleton(body)[0]))
