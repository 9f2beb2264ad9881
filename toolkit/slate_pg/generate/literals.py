"""Writes texts of a database into Python: literals, docstrings and comments that hold exactly, or harmlessly, them.

Pure. Whatever a comment of the database says, it cannot leave the literal it is put into.
"""

from __future__ import annotations

import textwrap

_WIDTH = 100


def long_text(text: str) -> str:
    """Return a literal over several lines that is exactly this text."""
    body = "".join(_escaped(c) for c in text).replace('"""', '\\"\\"\\"')
    return f'"""{body[:-1]}\\""""' if body.endswith('"') and not body.endswith('\\"') else f'"""{body}"""'


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character == "\n" or character.isprintable():
        return character
    return ascii(character)[1:-1]


def docstring(text: str, indent: str) -> str:
    """Return a docstring that says this, in lines of usual length."""
    said = " ".join("".join(c if c.isprintable() else " " for c in text).split()) or "Nothing is said of it."
    lines = textwrap.wrap(said, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    body = f"\n{indent}".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if body.endswith('"'):
        body += " "
    end = f"\n{indent}" if len(lines) > 1 else ""
    return f'{indent}"""{body}{end}"""'


def comment(text: str) -> str:
    """Return text for behind a "#": one line, whatever it holds."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
