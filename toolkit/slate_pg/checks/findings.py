"""What a check has to say, one finding a line, and the forms that CI systems read.

Pure: findings in, text out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import quote

from slate_pg import __version__
from slate_pg.errors import Misuse, did_you_mean

FORMATS = ("text", "json", "github", "gitlab", "sarif", "markdown", "junit")
_GITLAB = {"security": "critical", "integrity": "major", "performance": "minor", "cosmetic": "info"}
_SARIF = {"security": "error", "integrity": "error", "performance": "warning", "cosmetic": "note"}
_GITHUB = {"security": "error", "integrity": "error", "performance": "warning", "cosmetic": "notice"}


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is not as it should be. `file` is relative to the project, `line` 1-based.

    `accepted` is why somebody lets it be, empty where nobody does.
    """

    file: str
    line: int
    rule: str
    object: str
    message: str
    severity: str = "integrity"
    accepted: str = ""

    @property
    def said(self) -> str:
        """What is wrong, with the object that it is wrong about."""
        return f"{self.object}: {self.message}" if self.object else self.message

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file else ""
        return f"{place}{self.rule}: {self.object}{': ' if self.object else ''}{self.message}"


def in_form(findings: Sequence[Finding], form: str) -> str:
    """Return the findings in one of FORMATS, without a final newline; Misuse for another."""
    if form not in FORMATS:
        raise Misuse(f'--format takes {", ".join(FORMATS)}, not "{form}"', hint=did_you_mean(form, FORMATS))
    writer = {"text": _text, "github": _github, "gitlab": _gitlab, "sarif": _sarif, "json": _json,
              "markdown": _markdown, "junit": _junit}[form]  # fmt: skip
    return writer(sorted(findings))


def _text(findings: Iterable[Finding]) -> str:
    return "\n".join(map(str, findings))


def _github(findings: Iterable[Finding]) -> str:
    def escaped(text: str, also: str = "") -> str:
        for character in "%\r\n" + also:
            text = text.replace(character, f"%{ord(character):02X}")
        return text

    def place(finding: Finding) -> str:
        known = {"file": finding.file, "line": str(max(1, finding.line)) if finding.file else "", "title": finding.rule}
        return ",".join(f"{name}={escaped(value, ',:')}" for name, value in known.items() if value)

    return "\n".join(f"::{_GITHUB[f.severity]} {place(f)}::{escaped(f.said)}" for f in findings)


def _gitlab(findings: Iterable[Finding]) -> str:
    seen: dict[str, int] = {}
    report = []
    for f in findings:
        mark = fingerprint(f)
        seen[mark] = number = seen.get(mark, 0) + 1
        report.append(
            {
                "description": f.said,
                "check_name": f.rule,
                "fingerprint": mark if number == 1 else hashlib.sha256(f"{mark}{number}".encode()).hexdigest()[:40],
                "severity": _GITLAB[f.severity],
                "location": {"path": f.file or ".", "lines": {"begin": max(1, f.line)}},
            }
        )
    return json.dumps(report, indent=2)


def fingerprint(finding: Finding) -> str:
    """Return what stays the same for one finding when lines move: 40 hexadecimal digits."""
    words = "\0".join((finding.rule, finding.file, finding.object, finding.message))
    return hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()[:40]


def _sarif(findings: Iterable[Finding]) -> str:
    findings = list(findings)
    results = [
        {
            "ruleId": f.rule,
            "level": _SARIF[f.severity],
            "message": {"text": f.said},
            "partialFingerprints": {"slate/v1": fingerprint(f)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(f.file, errors="surrogateescape") or "."},
                        "region": {"startLine": max(1, f.line)},
                    }
                }
            ],
            **({"suppressions": [{"kind": "inSource", "justification": f.accepted}]} if f.accepted else {}),
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


def _junit(findings: Iterable[Finding]) -> str:
    from slate_pg.checks.junit import case, suite

    return suite(
        [
            case(
                f"{f.rule}: {f.object}" if f.object else f.rule,
                f"{f.file}:{f.line}" if f.file else "",
                f.said,
                f.accepted or ("only told" if f.severity == "cosmetic" else ""),
            )
            for f in findings
        ]
    )


def _markdown(findings: Iterable[Finding]) -> str:
    from slate_pg.checks.markdown import code, escaped, table

    rows = [
        (f.severity, code(f.rule), code(f"{f.file}:{f.line}") if f.file else "", code(f.object) if f.object else "",
         escaped(f.message))
        for f in findings
    ]  # fmt: skip
    return "\n".join(table(("severity", "rule", "where", "object", "what"), rows)) if rows else "Nothing found."
