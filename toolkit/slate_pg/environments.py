"""The environments of a project, as [tool.slate.env.NAME] has them: a database, values of variables, protection.

Pure but for the process's environment, which references are read from. Nothing here opens a connection.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slate_pg.conninfo import learn
from slate_pg.errors import Misuse, did_you_mean

NAME = re.compile(r"[^\W\d]\w*\Z")  # of a variable; as psql, but for a digit in front, which a slice may have
REFERENCE = "env:"
STAND_IN = "secret"  # what a secret is where nobody has it, and where what is built is thrown away
_ENTRIES = ("database", "variables", "protected")
_OF_A_VALUE = ("env", "secret")
_SHORTEST_SECRET = 4  # less than that is found in any text
_ANYWHERE = ("postgres", "slate")  # words that messages need
# As in conninfo: what a password is called in either form of a connection string.
_PASSWORD = re.compile(
    r"\w+://[^?#]*:[^?#]+@|\b(?:ssl)?password\s*=|\b(?:oauth_client_secret|scram_(?:client|server)_key)\s*=", re.I
)


@dataclass(frozen=True)
class Value:
    """The value of a variable: `text`, or what the process's environment has under the name of `reference`.

    A `secret` is shown and recorded nowhere.
    """

    name: str
    text: str | None = field(default=None, repr=False)
    reference: str | None = None
    secret: bool = False

    def read(self, environ: Mapping[str, str] = os.environ) -> str | None:
        """Return the text, None where what is referred to is not set; a secret is kept from every output from then on.

        Misuse for what no variable can hold.
        """
        text = self.text if self.reference is None else environ.get(self.reference)
        if text is None:
            return None
        if "\0" in text or not _is_utf8(text):
            raise Misuse(
                f'the value of the variable "{self.name}" holds a zero byte or is not UTF-8',
                hint="PostgreSQL keeps no such text: correct the value.",
            )
        if self.secret:
            self._keep(text)
        return text

    def _keep(self, text: str) -> None:
        if len(text) < _SHORTEST_SECRET or text in _ANYWHERE:
            raise Misuse(
                f'the secret "{self.name}" has fewer than {_SHORTEST_SECRET} characters or is "postgres" or "slate", '
                "which stand in any message",
                hint="Take a longer one, or leave secret = true out.",
            )
        learn([text, *_as_sql(text), *(line for line in text.splitlines() if len(line) >= _SHORTEST_SECRET)])


def _as_sql(text: str) -> Iterable[str]:
    """Yield a secret as SQL spells it, which is how the server quotes it in messages."""
    yield text.replace("'", "''")
    yield text.replace("\\", "\\\\").replace("'", "''")
    yield text.replace('"', '""')


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class Environment:
    """One environment: its name, its database, the values of its variables, and whether it is protected."""

    name: str
    database: str | None = None
    variables: tuple[Value, ...] = ()
    protected: bool = False

    def url(self, environ: Mapping[str, str] = os.environ) -> str | None:
        """Return its connection string, None where it names none. Misuse where what it refers to is not set."""
        if self.database is None or not self.database.startswith(REFERENCE):
            return self.database
        name = self.database.removeprefix(REFERENCE)
        if not environ.get(name):
            raise Misuse(
                f'the environment "{self.name}" takes its database from {name}, which is not set',
                hint=f"Set {name} to the connection string, or say --database URL.",
            )
        learn_password(environ[name])
        return environ[name]


def learn_password(text: str) -> None:
    """Keep the password of a connection string from every output."""
    from slate_pg.conninfo import learn_from

    learn_from(text)


def read_environments(where: str, table: Mapping[str, Any]) -> tuple[Environment, ...]:
    """Return the environments of [tool.slate], by name. Misuse names what is wrong, as `where` says."""
    return tuple(_read_one(f"{where}: [tool.slate.env.{name}]", name, said) for name, said in sorted(table.items()))


def _read_one(where: str, name: str, said: Any) -> Environment:
    if not name.strip() or not name.isprintable() or name.startswith("-"):
        raise Misuse(f"{where}: an environment cannot be called {name!r}", hint="Give it a name that can be typed.")
    if not isinstance(said, Mapping):
        raise Misuse(f"{where} is a table, not {said!r}", hint=f'As in [tool.slate.env.{name}], database = "…".')
    for entry in said:
        if entry not in _ENTRIES:
            raise Misuse(f'{where} has no setting "{entry}"', hint=did_you_mean(entry, _ENTRIES))
    protected = said.get("protected", False)
    if not isinstance(protected, bool):
        raise Misuse(f"{where} protected is true or false, not {protected!r}", hint="Write it without quotes.")
    variables = read_values(f"{where} variables", said.get("variables", {}))
    return Environment(name, _read_database(where, said.get("database")), variables, protected)


def _read_database(where: str, said: Any) -> str | None:
    """Return a connection string or a reference to one. Misuse for a password in it: the file is everybody's."""
    if isinstance(said, Mapping) and set(said) == {"env"} and isinstance(said["env"], str) and said["env"]:
        return REFERENCE + str(said["env"])
    if said is None:
        return None
    if not isinstance(said, str) or not said.strip() or said == REFERENCE:
        raise Misuse(
            f"{where} database is a connection string", hint='As in database = "service=prod", or "env:PROD_URL".'
        )
    if not said.startswith(REFERENCE) and _PASSWORD.search(said):
        learn([said])
        learn_password(said)
        raise Misuse(
            f"{where} database holds a password, and the file is for everybody who has the project",
            hint='Take it out: leave it to ~/.pgpass or a service ("service=prod"), or have the whole string in the '
            'process\'s environment, database = "env:PROD_URL".',
        )
    return said


def read_values(where: str, table: Any) -> tuple[Value, ...]:
    """Return the values of variables, by name. Misuse for names and values that cannot be any."""
    if not isinstance(table, Mapping):
        raise Misuse(f"{where} is a table of name = value, not {table!r}", hint='As in region = "eu".')
    return tuple(_read_value(f"{where}.{name}", name, said) for name, said in sorted(table.items()))


def _read_value(where: str, name: str, said: Any) -> Value:
    check_name(name, where)
    if isinstance(said, bool):
        return Value(name, "true" if said else "false")
    if isinstance(said, str | int | float):
        return Value(name, str(said))
    if not isinstance(said, Mapping):
        raise Misuse(f"{where} is a text, a number, true or false, or {{ env = … }}", hint=f'As in {name} = "eu".')
    for entry in said:
        if entry not in _OF_A_VALUE:
            raise Misuse(f'{where} has no entry "{entry}"', hint=did_you_mean(entry, _OF_A_VALUE))
    reference, secret = said.get("env"), said.get("secret", False)
    if not isinstance(reference, str) or not reference or not isinstance(secret, bool):
        raise Misuse(
            f"{where} says where its value is", hint=f'As in {name} = {{ env = "{name.upper()}", secret = true }}.'
        )
    return Value(name, None, reference, secret)


def check_name(name: str, where: str) -> None:
    """Misuse for a name that no variable can have."""
    if not NAME.match(name):
        raise Misuse(
            f"{where}: a variable cannot be called {name!r}",
            hint="Letters, digits and underscores, no digit first, as psql has it.",
        )


def read_given(texts: Iterable[str]) -> tuple[Value, ...]:
    """Return the values of --var name=value, the last of each name. Misuse for what is no such text."""
    found: dict[str, Value] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise Misuse("--var takes name=value", hint="As in --var region=eu; --var note= is an empty text.")
        check_name(name, "--var")
        found[name] = Value(name, value)
    return tuple(found.values())


def combine(*layers: Sequence[Value]) -> tuple[Value, ...]:
    """Return the values of several layers, a later one before an earlier; what one says is secret stays so. Pure."""
    found: dict[str, Value] = {}
    for value in (v for layer in layers for v in layer):
        secret = value.secret or (value.name in found and found[value.name].secret)
        found[value.name] = Value(value.name, value.text, value.reference, secret)
    return tuple(found[name] for name in sorted(found))


def with_stand_ins(values: Sequence[Value]) -> tuple[Value, ...]:
    """Return the values for a throw-away database: for a secret by reference a word stands in, whoever has it. Pure."""
    return tuple(Value(v.name, STAND_IN) if v.secret and v.reference else v for v in values)


def find_environment(environments: Sequence[Environment], name: str) -> Environment:
    """Return the environment of that name. Misuse with the nearest."""
    for environment in environments:
        if environment.name == name:
            return environment
    hint = did_you_mean(name, (e.name for e in environments))
    raise Misuse(
        f'no environment "{name}" in this project',
        hint=hint or f"Name its database in pyproject.toml: [tool.slate.env.{name}].",
    )
