"""`slate why`: why a person sees a row, or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import opened
from slate_pg.cli.options import Database, Json

if TYPE_CHECKING:
    from slate_pg.cli.shapes import findings
    from slate_pg.cluster.answers import Answer, Operand


def why(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="A database role, such as spark_people.")],
    person: Annotated[str, typer.Argument(metavar="PERSON", help="What app.user_id is for them.")],
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table or view, with its schema where it must be.")],
    key: Annotated[
        Optional[list[str]], typer.Argument(metavar="[KEY]...", help="The primary key's values.", show_default=False)
    ] = None,
    setting: Annotated[
        str, typer.Option("--setting", metavar="NAME", help="The parameter that says who the person is.")
    ] = "app.user_id",
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Say which grant, membership and policy let a row be seen, or hid it. Reads only; shows no value but the key."""
    from slate_pg.cli.output import put, put_json
    from slate_pg.cluster.why import why as ask

    with opened(database, "why") as connection:
        answer = ask(connection, role, person, table, key or [], setting)
    if as_json:
        put_json(as_dict(answer))
        return
    what = f"row {', '.join(answer.key)}" if answer.key else "rows"
    if answer.key:
        seen = "seen" if answer.seen else "hidden"
    else:
        seen = "may be seen, as policies let them" if answer.seen else "hidden, every one"
    put(f"{answer.table}, {what}, for {answer.role} as {answer.person}: {seen}")
    for reason in answer.reasons:
        put(f"  {reason}")


def as_dict(answer: Answer) -> findings.Why:
    """Return an answer for --json."""
    return {
        "version": 1,
        "role": answer.role,
        "person": answer.person,
        "table": answer.table,
        "key": list(answer.key),
        "seen": answer.seen,
        "reasons": list(answer.reasons),
        "policies": [
            {
                "name": each.name,
                "restrictive": each.restrictive,
                "roles": list(each.roles),
                "concerns": each.concerns,
                "whole": _operand(each.whole),
                "operands": [_operand(operand) for operand in each.operands],
            }
            for each in answer.policies
        ],
    }


def _operand(operand: Operand) -> findings.Operand:
    return {"text": operand.text, "value": operand.value, "error": operand.error}
