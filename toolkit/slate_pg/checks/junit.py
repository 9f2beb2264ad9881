"""Writes findings as JUnit's XML, which most CI systems show as tests: one a finding, and one where there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def case(name: str, where: str, said: str, told_only: str) -> str:
    """Return one test: failed with what was found, or skipped where it stops nothing, for the reason given. Pure."""
    head = f"    <testcase name={_attribute(name)} classname={_attribute(where or 'slate')}>"
    inner = (
        f"<skipped message={_attribute(told_only)}/>"
        if told_only
        else f"<failure message={_attribute(said)}>{escape(_plain(f'{where}: {said}' if where else said))}</failure>"
    )
    return f"{head}{inner}</testcase>"


def suite(cases: Sequence[str]) -> str:
    """Return the whole document, of one passed test where nothing was found. Pure."""
    failed, skipped = (sum(kind in c for c in cases) for kind in ("<failure ", "<skipped "))
    body = "\n".join(cases) or '    <testcase name="nothing found" classname="slate"/>'
    counts = f'tests="{len(cases) or 1}" failures="{failed}" skipped="{skipped}" errors="0"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {counts}>\n  <testsuite name="slate" {counts}>\n{body}\n'
        "  </testsuite>\n</testsuites>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_plain(text))


def _plain(text: str) -> str:
    """Return a text without what XML cannot hold, named by its number."""
    return _NOT_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
