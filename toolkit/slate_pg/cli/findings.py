"""How check and lint show what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from slate_pg.checks.findings import Finding


def show_findings(findings: list[Finding], form: str, done: str) -> None:
    """Print the findings in a form, and in words how many there are; AnswerIsNo when there are any."""
    from slate_pg.checks.findings import in_form
    from slate_pg.cli.output import put, say

    text = in_form(findings, form)
    if text:
        put(text)
    say(f"{done}, {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
    if findings:
        raise AnswerIsNo
