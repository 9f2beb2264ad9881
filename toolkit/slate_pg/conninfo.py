"""What a connection string says: which parts of it may be shown, and which words must never be.

What is shown is put together from parsed parts, never taken from the text; libpq's own words about a text that it
could not parse quote it, so they are not shown either.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from slate_pg import libpq
from slate_pg.errors import Misuse

SECRET_PARAMETERS = (
    "password", "sslpassword", "options", "oauth_client_secret", "scram_client_key", "scram_server_key"
)  # fmt: skip
SECRET_VARIABLES = ("PGPASSWORD", "PGOPTIONS")
# A server that fell silent is given up after a minute; libpq's own defaults wait for hours. The URL may say otherwise.
ALIVE = {
    "connect_timeout": "30", "keepalives": "1", "keepalives_idle": "30", "keepalives_interval": "10",
    "keepalives_count": "3", "tcp_user_timeout": "60000",
}  # fmt: skip
_PUBLIC = ("postgres", "slate")  # whoever takes these for a password cannot be helped
STARS = "***"
_SHORTEST = 4  # less than that is found in any text
_ENCODE = "In a URL write %40 for @, %2F for /, %3A for :, %25 for %; or leave the password to PGPASSWORD."
_URL = ("postgres://", "postgresql://")
_HOST = r"[\w.:%\-]*"
# Patterns and flags, compiled only where a text may hold a secret: every command starts here.
_LIKELY = (
    (r"\w:(?!//)(\S.*)@", re.DOTALL),
    (r"\w:(?!//)(\S.*?)@", re.DOTALL),
    (r"password\s*=\s*'((?:[^'\\]|\\.)*)'", re.DOTALL | re.IGNORECASE),
    (r"password\s*=\s*([^\s&']+)", re.IGNORECASE),
)
_secrets: dict[str, None] = {}


def parse(text: str) -> dict[str, str]:
    """Return a connection string's parameters, and keep its secrets from every output. Misuse names what is malformed.

    A part that looks as if an unescaped character of the password had got into it is malformed too.
    """
    learn_from(text)
    found = _parameters(text)
    # libpq stops reading at a NUL
    if reason := _malformed(text) if found is None or "\0" in text else _misplaced(text, found):
        learn([text])
        raise Misuse(f"the connection string cannot be read: {reason}", hint=_ENCODE) from None
    found = found or {}
    public = {found.get(name) for name in ("user", "dbname", "host")}
    learn(found[name] for name in SECRET_PARAMETERS if name in found and found[name] not in public)
    return found


def _parameters(text: str) -> dict[str, str] | None:
    """Return what libpq reads in a connection string, None where it cannot: without psycopg, as far as that goes."""
    if "psycopg" not in sys.modules and (found := libpq.parse(text)) is not None:
        return found
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    try:
        return {name: str(value) for name, value in conninfo_to_dict(text).items() if value is not None}
    except (Error, ValueError):  # ValueError: a NUL, or half a character
        return None


def describe(text: str) -> str:
    """Return user, host, port and database of a connection string as a URL, without anything else. Pure but for parse.

    "the database of the PG variables" for an empty one, "the database given" where it cannot be read.
    """
    if not text:
        return "the database of the PG variables"
    try:
        found = parse(text)
    except Misuse:
        return "the database given"
    if "service" in found and "host" not in found:
        return f"the service {found['service']}"
    user, hosts = found.get("user", ""), found.get("host", found.get("hostaddr", ""))
    who = f"{quote(user, safe='')}@" if user else ""
    ports = found.get("port", "").split(",")
    if "/" in hosts or "@" in hosts:
        where, query = "", f"?host={quote(hosts, safe='/,')}" + (f"&port={','.join(ports)}" if ports[0] else "")
    else:
        names = [f"[{h}]" if ":" in h else h for h in hosts.split(",")]
        each = ports * len(names) if len(ports) == 1 else ports
        where, query = ",".join(h + (f":{p}" if p else "") for h, p in zip(names, each, strict=False)), ""
    return f"postgresql://{who}{where}/{quote(found.get('dbname', ''), safe='')}{query}"


def alive(found: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters to add so that a silent network is noticed: those that were not given. Pure."""
    given = {*found, *(["connect_timeout"] if environ.get("PGCONNECT_TIMEOUT") else [])}
    return {name: value for name, value in ALIVE.items() if name not in given}


# Parameters that programs of PostgreSQL 15 do not know, with what they do there anyway. Asked for otherwise they are
# handed on: a program that does not know them then refuses, and nothing is weakened.
_LATER = {"sslcertmode": "allow", "load_balance_hosts": "disable", "gssdelegation": "0", "sslnegotiation": "postgres"}


def known_to_all(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters without those that say, to a libpq that may not know them, what it does anyway. Pure."""
    return {name: value for name, value in parameters.items() if _LATER.get(name) != value}


def learn(values: Iterable[str]) -> None:
    """Keep these words from every output from now on, in every spelling that an output may give them."""
    for value in values:
        import json  # only where there is a secret: every command starts here

        plain = value.encode("utf-8", "replace")
        for spelt in (value, quote(plain, safe=""), quote(plain), json.dumps(value)[1:-1], repr(value)[1:-1]):
            if len(spelt) >= _SHORTEST and value not in _PUBLIC:
                _secrets[spelt] = None


def learn_from(text: str) -> None:
    """Keep what may be secret in a text from every output although nobody has parsed it: quick, and rather too much."""
    if not (":" in text and "@" in text) and "password" not in text.lower():
        return
    found = [match.group(1) for pattern, flags in _LIKELY for match in re.finditer(pattern, text, flags)]
    found = [word for word in found if text.count(word) == 1]  # user and password alike is no secret
    if any(len(word) >= _SHORTEST for word in found):
        learn([text, *found, *map(unquote, found)])


def learn_environment(arguments: Iterable[str], environ: Mapping[str, str]) -> None:
    """Keep from every output what is secret in a command's arguments and in the environment, and nothing else."""
    _secrets.clear()
    for text in [*arguments, environ.get("DATABASE_URL", "")]:
        learn_from(text)
    learn(environ[name] for name in SECRET_VARIABLES if environ.get(name))


def hide(text: str) -> str:
    """Return the text with three stars in place of every secret that was learnt. Pure but for what was learnt."""
    if not any(secret in text for secret in _secrets):
        return text
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, STARS)
    return text


class Guarded:
    """A stream that writes no secret; everything but writing is the stream's own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text without its secrets."""
        return int(self._stream.write(hide(text) if isinstance(text, str) else text))

    def writelines(self, lines: Iterable[str]) -> None:
        """Write the lines without their secrets."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """Return what the stream has."""
        return getattr(self._stream, name)


def _malformed(text: str) -> str:
    """Return which part of a text libpq could not parse, without a letter of it. Pure."""
    if "\0" in text or re.search(r"%00", text):
        return "it holds a zero byte"
    if not text.startswith(_URL):
        if "=" not in text:
            return "it is neither a URL (postgresql://…) nor a list of name=value"
        return "a word of it is no name=value, is no parameter that libpq knows, or a quote is not closed"
    if re.search(r"\s", text):
        return "it holds a space or another white character"
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        return "a % in it is not followed by two hexadecimal digits"
    if "[" in text:
        return "a square bracket in it is not closed, or something odd follows"
    return "behind the ? something is no name=value, or is no parameter that libpq knows"


def _misplaced(text: str, found: Mapping[str, str]) -> str:
    """Return which parsed part holds what cannot belong there, nothing when all is well. Pure."""
    hosts = found.get("host", "").split(",")
    if any(not re.fullmatch(_HOST, host, re.ASCII) and not host.startswith(("/", "@")) for host in hosts):
        return "its host holds a character that no host has"
    ports = [port for port in found.get("port", "").split(",") if port]
    if any(not re.fullmatch(r"\s*[0-9]{1,5}\s*", port) or not 0 < int(port) <= 65535 for port in ports):
        return "its port is no number from 1 to 65535"
    path = text.partition("://")[2].partition("/")[2].partition("?")[0] if text.startswith(_URL) else ""
    if re.search(r"[@:/]", path) or re.search(r"://|:.*@", found.get("dbname", ""), re.DOTALL):
        return "its database name holds an unescaped @, : or /"
    return "its user holds a colon" if ":" in found.get("user", "") else ""
