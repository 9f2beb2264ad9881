"""The JSON that commands print: one shape an output, and which command prints which.

`put_json` and `put_line` take nothing else, and mypy holds what is printed against these classes; `make snapshot`
writes `schemas/` from them, which `slate schema` prints. A command that runs imports none of it.

A new output: a class with a line below each key that says what it is, with its unit; the class into `Printed` and,
under the command that prints it, into `OUTPUTS`; then `make snapshot`. Keys are API (docs/STABILITY.md): one that is
taken away, renamed or retyped raises the `version` of its output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from slate_pg.cli.shapes import common, findings, fleets, history, keeping, measures, mutants, plans, telling

Printed: TypeAlias = (
    common.Failure | common.Changed | common.Stale
    | history.Status | history.Applied | history.ApplyFailed | history.ApplyDryRun
    | history.RolledBack | history.RollbackFailed | history.RollbackDryRun | history.Forgotten
    | history.Seeded | history.Up | history.Bootstrapped | history.Adopted | history.Left | history.Repaired
    | history.Baseline | history.Converted
    | findings.Drift | findings.Doctor | findings.Statistics | findings.AccessTable | findings.AccessChanges
    | findings.Why
    | plans.Plans
    | keeping.Backups | keeping.Restored | keeping.Verified | keeping.Jobs | keeping.Runs
    | measures.Figures | mutants.Mutated
    | fleets.Member | fleets.MembersSummary | fleets.Outcome | fleets.OutcomesSummary | fleets.Rehearsed
    | fleets.RehearsedSummary | fleets.Compared | fleets.ComparedSummary | fleets.ServerUnwell | fleets.FindingsSummary
    | fleets.Due | fleets.DueSummary | fleets.Prepared | fleets.PreparedSummary
    | fleets.LoginOutcome | fleets.LoginOutcomesSummary | fleets.Reach | fleets.LoginsSummary
    | fleets.Added | fleets.AllSpares | fleets.Renamed | fleets.Removed
    | fleets.Relocated
)  # fmt: skip


@dataclass(frozen=True)
class Output:
    """What a command prints with --json: one document in one of the shapes, or lines, each in one of them.

    `version` is raised where a key is taken away, renamed or retyped, or means something else.
    """

    about: str
    shapes: tuple[type, ...]
    lines: bool = False
    version: int = 1


_WRITTEN = (common.Changed, common.Stale)
_MOVED = (fleets.Outcome, fleets.OutcomesSummary)
_LOGINS = (fleets.LoginOutcome, fleets.LoginOutcomesSummary)

OUTPUTS = {
    "up": Output("What was built, and what is there.", (history.Up,)),
    "bootstrap": Output("The database whose roles and settings were made.", (history.Bootstrapped,)),
    "status": Output("Every installation: its files against its ledger.", (history.Status,)),
    "apply": Output(
        "What was applied, what failed, or with --dry-run what would run.",
        (history.Applied, history.ApplyFailed, history.ApplyDryRun),
    ),
    "rollback": Output(
        "What was rolled back, what failed, with --dry-run what would run, with --forget what was given up.",
        (history.RolledBack, history.RollbackFailed, history.RollbackDryRun, history.Forgotten),
    ),
    "plan": Output("What is pending, statement by statement and file by file, and what is in the way.", (plans.Plans,)),
    "check": Output("What the proof of the migrations found.", (findings.Findings,)),
    "lint": Output("What squawk and sqlfluff found.", (findings.Findings,)),
    "drift": Output("The live database against its ledgers.", (findings.Drift,)),
    "doctor": Output("What is not well, or with --stats figures.", (findings.Doctor, findings.Statistics)),
    "seed": Output("The seed data that was loaded.", (history.Seeded,)),
    "baseline": Output("The baseline that was written.", (history.Baseline,)),
    "snapshot": Output("The files that were written, or with --check are stale.", _WRITTEN),
    "generate python": Output("The modules that were written, or with --check are stale.", _WRITTEN),
    "generate sqlalchemy": Output("The models that were written, or with --check are stale.", _WRITTEN),
    "mutate": Output("What became of every fault that was made in a copy of the schema.", (mutants.Mutated,)),
    "bench": Output("Every figure that was measured.", (measures.Figures,)),
    "backup": Output("The backups that were written.", (keeping.Backups,)),
    "restore": Output("What was restored, or with --verify proven.", (keeping.Restored, keeping.Verified)),
    "adopt": Output(
        "What came of an adoption, with --leave-theirs or --repair of these.",
        (history.Adopted, history.Left, history.Repaired),
    ),
    "convert": Output("The files that were written.", (history.Converted,)),
    "access": Output(
        "Who may do what, or with --expect what is not as expected.", (findings.AccessTable, findings.AccessChanges)
    ),
    "why": Output("Whether a person sees a row, and why.", (findings.Why,)),
    "jobs list": Output("Every job, with its last run.", (keeping.Jobs,)),
    "jobs due": Output("The jobs whose time has come.", (keeping.Jobs,)),
    "jobs run": Output("What each run did.", (keeping.Runs,)),
    "fleet status": Output(
        "Every installation, and how many are in which state.",
        (fleets.Member, fleets.MembersSummary), True,
    ),
    "fleet plan": Output(
        "What is pending in each state that installations are in.", (fleets.Rehearsed, fleets.RehearsedSummary), True
    ),
    "fleet apply": Output("What became of every installation.", _MOVED, True),
    "fleet rollback": Output("What became of every installation.", _MOVED, True),
    "fleet seed": Output("What became of every installation.", _MOVED, True),
    "fleet backup": Output("What became of every installation.", _MOVED, True),
    "fleet drift": Output("Every installation against its ledger.", (fleets.Compared, fleets.ComparedSummary), True),
    "fleet doctor": Output("What is not well, on every server.", (fleets.ServerUnwell, fleets.FindingsSummary), True),
    "fleet jobs": Output(
        "Which jobs are due in every installation, or with --run what became of it.",
        (fleets.Due, fleets.DueSummary, *_MOVED), True,
    ),
    "fleet bootstrap": Output("What became of every server.", (fleets.Prepared, fleets.PreparedSummary), True),
    "fleet role add": Output("What became of every login.", _LOGINS, True),
    "fleet role drop": Output("What became of every login.", _LOGINS, True),
    "fleet role list": Output("Who has a login where.", (fleets.Reach, fleets.LoginsSummary), True),
    "fleet add": Output("The installation that was made.", (fleets.Added,)),
    "fleet spare": Output("The spares that there are.", (fleets.AllSpares,)),
    "fleet rename": Output("The installation, under its new name.", (fleets.Renamed,)),
    "fleet move": Output("The installation, and on which server it is now.", (fleets.Relocated,)),
    "fleet remove": Output("The installation that is gone, and the way back.", (fleets.Removed,)),
}  # fmt: skip

# What is JSON too, and is not what a command prints on stdout.
EVENTS = {
    "progress": Output("How far a backfill has come.", (common.Advance,), lines=True),
    "events": Output(
        "What happens in a run.",
        (
            telling.RunStarted,
            telling.MigrationStarted,
            telling.MigrationDone,
            telling.MigrationFailed,
            telling.RunFinished,
        ),
        lines=True,
    ),
    "hook": Output("A hook is called.", (telling.HookEvent,), lines=True),
    "switch": Output("An installation takes writes on another server.", (fleets.SwitchEvent,)),
}
