"""What a command that runs migrations has done so far, so that a failure can say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from slate_pg.cli.output import put_json
from slate_pg.cli.progress import Notices
from slate_pg.errors import SlateError

if TYPE_CHECKING:
    from slate_pg.cli.shapes.history import ApplyFailed, Failed, Result, RollbackFailed
    from slate_pg.migrations.runner import Watcher


def said(result: Result) -> str:
    """Return what was applied to an installation, in words."""
    parts = [f"{len(result['ids'])} applied"] if result["ids"] else []
    parts += [f"{len(result['repeatable'])} repeatable applied"] if result.get("repeatable") else []
    return ", ".join(parts) or "up to date"


@dataclass
class Account:
    """The installations that the command is through with, the one under way, and what the server said beside."""

    as_json: bool
    is_apply: bool = True
    results: list[Result] = field(default_factory=list)
    notices: Notices = field(default_factory=Notices)
    done: list[str] = field(default_factory=list)
    _before: int = 0
    _product: str = ""
    _schema: str = ""
    _planned: list[str] = field(default_factory=list)

    def begin(self, product: str, schema: str, planned: list[str]) -> None:
        """Note that an installation is under way, and what it might run."""
        self._product, self._schema, self._planned, self._before = product, schema, planned, len(self.done)

    def end(self, ids: list[str], repeatable: list[str] | None = None) -> None:
        """Note that it is done."""
        self.results.append({"product": self._product, "schema": self._schema, "ids": ids})
        if repeatable:
            self.results[-1]["repeatable"] = repeatable

    @contextmanager
    def told(self, watcher: Watcher) -> Iterator[Watcher]:
        """Yield what a run reports to; where it fails, print what was done, what failed and what was not touched."""

        def planned(schema: str, ids: list[str]) -> None:
            self._planned = ids
            watcher.planned(schema, ids)

        noticed = self.notices.add if self.as_json else self.notices.heard
        try:
            yield replace(watcher, planned=planned, noticed=lambda *said: (noticed(*said), None)[1])
        except SlateError as error:
            if self.as_json:
                put_json(self._failure(error))
            raise
        finally:
            if not self.as_json:
                self.notices.say_left_out()

    def _failure(self, error: SlateError) -> ApplyFailed | RollbackFailed:
        ids = self.done[self._before :]
        partly: list[Result] = [{"product": self._product, "schema": self._schema, "ids": ids}] if ids else []
        left = [name for name in self._planned if name not in self.done]
        where = error.where
        failed: Failed = {
            "product": self._product,
            "schema": self._schema,
            "id": left[0] if where and left else None,
            "file": where.path if where else None,
            "line": where.line if where else None,
            "column": (where.column or None) if where else None,
            "sqlstate": (where.sqlstate or None) if where else None,
            "message": error.message,
            "reason": where.reason if where else None,
            "hint": error.hint,
        }
        results, behind, notices = [*self.results, *partly], left[1:] if where else left, self.notices.as_json
        if self.is_apply:
            return {"applied": results, "failed": failed, "not_touched": behind, "notices": notices}
        return {"rolled_back": results, "failed": failed, "not_touched": behind, "notices": notices}
