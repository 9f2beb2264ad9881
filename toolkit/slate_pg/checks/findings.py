"""What a check has to say, one finding a line, and the forms that CI systems read.

Pure: findings in, text out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from slate_pg import __version__
from slate_pg.errors import Misuse, did_you_mean

FORMATS = ("text", "github", "gitlab", "sarif", "json")
_GITLAB = {"security": "critical", "integrity": "major", "performance": "minor", "cosmetic": "info"}
_SARIF = {"security": "error", "integrity": "error", "performance": "warning", "cosmetic": "note"}
_GITHUB = {"security": "error", "integrity": "error", "performance": "warning", "cosmetic": "notice"}


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is not as it should be. `file` is relative to the project, `line` 1-based."""

    file: str
    line: int
    rule: str
    object: str
    message: str
    severity: str = "integrity"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file else ""
        return f"{place}{self.rule}: {self.object}{': ' if self.object else ''}{self.message}"


def in_form(findings: Sequence[Finding], form: str) -> str:
    """Return the findings in one of FORMATS, without a final newline; Misuse for another."""
    if form not in FORMATS:
        raise Misuse(f'--format takes {", ".join(FORMATS)}, not "{form}"', hint=did_you_mean(form, FORMATS))
    writer = {"text": _text, "github": _github, "gitlab": _gitlab, "sarif": _sarif, "json": _json}[form]
    return writer(sorted(findings))


def _text(findings: Iterable[Finding]) -> str:
    return "\n".join(map(str, findings))


def _github(findings: Iterable[Finding]) -> str:
    def escaped(text: str, also: str = "") -> str:
        for character in "%\r\n" + also:
            text = text.replace(character, f"%{ord(character):02X}")
        return text

    return "\n".join(
        f"::{_GITHUB[f.severity]} file={escaped(f.file, ',:')},line={f.line},title={escaped(f.rule, ',:')}"
        f"::{escaped(f'{f.object}: {f.message}' if f.object else f.message)}"
        for f in findings
    )


def _gitlab(findings: Iterable[Finding]) -> str:
    report = [
        {
            "description": f"{f.object}: {f.message}" if f.object else f.message,
            "check_name": f.rule,
            "fingerprint": fingerprint(f),
            "severity": _GITLAB[f.severity],
            "location": {"path": f.file or ".", "lines": {"begin": f.line}},
        }
        for f in findings
    ]
    return json.dumps(report, indent=2)


def fingerprint(finding: Finding) -> str:
    """Return what stays the same for one finding when lines move: 40 hexadecimal digits."""
    words = "\0".join((finding.rule, finding.file, finding.object, finding.message))
    return hashlib.sha256(words.encode()).hexdigest()[:40]


def _sarif(findings: Iterable[Finding]) -> str:
    findings = list(findings)
    results = [
        {
            "ruleId": f.rule,
            "level": _SARIF[f.severity],
            "message": {"text": f"{f.object}: {f.message}" if f.object else f.message},
            "partialFingerprints": {"slate/v1": fingerprint(f)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": f.file or "."},
                        "region": {"startLine": max(1, f.line)},
                    }
                }
            ],
        }
        for f in findings
    ]
    driver = {"name": "slate", "version": __version__, "rules": [{"id": r} for r in sorted({f.rule for f in findings})]}
    return json.dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": results}],
        },
        indent=2,
    )


def _json(findings: Iterable[Finding]) -> str:
    return json.dumps({"findings": [asdict(f) for f in findings]}, indent=2)
