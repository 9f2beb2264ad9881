"""`slate fleet move`: an installation goes to another server; the old one stays read-only until that is confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.fleet_changes import Name, OnServer
from slate_pg.cli.fleet_options import FleetProduct, Servers, called
from slate_pg.cli.fleet_route import FORMS, written_routes
from slate_pg.cli.options import Database, Json, LockTimeout, Migrations, SignKey, Wait
from slate_pg.errors import Misuse, did_you_mean

if TYPE_CHECKING:
    from slate_pg.cli.fleet_options import Fleet
    from slate_pg.cli.shapes.fleets import Relocated
    from slate_pg.fleet.relocation.ends import Ends
    from slate_pg.fleet.relocation.steps import Moved
    from slate_pg.fleet.relocation.switching import Switch
    from slate_pg.fleet.removing import Removed
    from slate_pg.fleet.roster import Member
    from slate_pg.fleet.servers import Server
    from slate_pg.migrations.locking import Patience


def move(
    product: FleetProduct,
    name: Name,
    to: Annotated[
        Optional[str], typer.Option("--to", metavar="SERVER", help="Where it is to go, as the list names it.")
    ] = None,
    server: OnServer = None,
    switch: Annotated[
        Optional[str],
        typer.Option("--switch", metavar="CMD", help="Leads clients there; the event is on its input, as JSON."),
    ] = None,
    route: Annotated[
        Optional[Path],
        typer.Option("--route", metavar="FILE", help="Write the pooler's configuration here, before --switch."),
    ] = None,
    form: Annotated[
        str, typer.Option("--print", metavar="pgbouncer|pgdog", help="Whose, as of `route`.")
    ] = "pgbouncer",
    confirm: Annotated[bool, typer.Option("--confirm", help="Remove the old copy; wants --backup.")] = False,
    backup: Annotated[
        Optional[Path],
        typer.Option("--backup", metavar="DIR", help="Where the old copy's backup goes, in a folder for the server."),
    ] = None,
    abort: Annotated[bool, typer.Option("--abort", help="Take the move back, and drop the new copy.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="With --abort: what was written there is lost.")] = False,
    work: Annotated[
        Optional[Path],
        typer.Option("--work", metavar="DIR", help="Where the copy lies on its way; else where files go."),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Copy by replication first, so that writes are refused for seconds only.")
    ] = False,
    via: Annotated[
        Optional[str],
        typer.Option("--via", metavar="CONNINFO", help="With --online: how the new server reaches the old one."),
    ] = None,
    sign_key: SignKey = None,
    lock_timeout: LockTimeout = 100,
    wait: Wait = 60,
    servers: Servers = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Move an installation to another server: closed for writes, copied, compared, switched by a command.

    After a kill the same command goes on. The old copy stays, read-only, until --confirm removes or --abort opens it.
    """
    from slate_pg.cli.backup import key_of
    from slate_pg.fleet.relocation import steps
    from slate_pg.migrations.locking import Patience
    from slate_pg.sqlfiles import file_name

    _check(to, confirm, backup, abort, discard, form)
    key = key_of(sign_key)
    with called(product, servers, "*", database, migrations, "move", none_too=True) as fleet:
        member, target = _meant(fleet, name, server, to, aborts=abort)
        if member.server == target:
            _say_there(member, as_json)
            return
        how = _switch(fleet, target, switch, route, form)
        if target in fleet.roster.unreachable:
            _abort_without(fleet, member, target, how, Patience(lock_timeout, wait), work, discard, as_json)
            return
        with _ends(fleet, member, target, lock_timeout, wait) as ends:
            if confirm and backup:
                _show_removed(ends, steps.confirm(ends, backup / file_name(ends.origin), key), as_json)
            elif abort:
                _show_aborted(ends, steps.abort(ends, how, work, discard=discard), as_json)
            else:
                _show_moved(ends, steps.move(ends, how, work, online=online, via=via), as_json)


def _check(to: str | None, confirm: bool, backup: Path | None, abort: bool, discard: bool, form: str) -> None:
    """Misuse where options do not go together. Pure."""
    if confirm and abort:
        raise Misuse("--confirm and --abort are two ends of one move", hint="Say one of them.")
    if confirm and backup is None:
        raise Misuse("the old copy is not removed without a backup", hint="Say where it is to go: --backup DIR.")
    if backup is not None and not confirm:
        raise Misuse("--backup is for --confirm", hint="On its way an installation lies in --work DIR.")
    if discard and not abort:
        raise Misuse("--discard is for --abort", hint="Leave it out.")
    if to is None and not (confirm or abort):
        raise Misuse("where it is to go is not said", hint="Say --to SERVER, as the list names it.")
    if form not in FORMS:
        raise Misuse(f'--print takes pgbouncer or pgdog, not "{form}"', hint=did_you_mean(form, FORMS))


def _meant(fleet: Fleet, name: str, server: str | None, to: str | None, *, aborts: bool) -> tuple[Member, Server]:
    """Return the installation to move and where to, away or not where it `aborts`. Misuse where that is not known."""
    from slate_pg.fleet.adding import choose_server

    if fleet.project.shared == fleet.product.name:
        raise Misuse(f"all other products build on {fleet.product.name}", hint="Only theirs are moved.")
    known = _known(fleet, name, server, to)
    begun = aborts and any(where for _, where in known)
    if server is None and not begun and (fleet.roster.unreachable or fleet.roster.unreadable):
        raise Misuse("not all of the fleet could be read, and the name may be there too", hint="Say --server NAME.")
    if server is not None:
        choose_server(fleet.servers, fleet.roster, server)
    if to is None:
        to = next((target for _, target in known if target), None)
    if to is None:
        raise Misuse(f'no move of "{name}" is under way', hint="`slate fleet status` says what is where.")
    away = [s for s in fleet.roster.unreachable if s.name == to and begun]
    target = away[0] if away else choose_server(fleet.servers, fleet.roster, to)
    found = [member for member, _ in known]
    elsewhere = [m for m in found if m.server != target]
    if len(elsewhere) > 1:
        raise Misuse(
            f'"{name}" is on {", ".join(m.server.name for m in elsewhere)}', hint="Say which is meant: --server NAME."
        )
    if not found:
        every = {m.schema for m in [*fleet.roster.members, *(m for m, _ in fleet.roster.moving)]}
        raise Misuse(
            f'{fleet.product.name} has no installation "{name}"' + (f" on {server}" if server else ""),
            hint=did_you_mean(name, every),
        )
    return (elsewhere or found)[0], target


def _known(fleet: Fleet, name: str, server: str | None, to: str | None) -> list[tuple[Member, str]]:
    """Return the installations of a name that a move may begin at, and where one that has begun leads. Pure."""
    found = [(m, "") for m in fleet.roster.members if m.schema == name and server in (None, m.server.name)]
    for member, mark in fleet.roster.moving:
        if member.schema == name and server in (None, member.server.name) and not mark.is_copy(member.server.name):
            found.insert(0, (member, mark.target))
    return found


@contextmanager
def _ends(fleet: Fleet, member: Member, target: Server, lock_timeout: int, wait: float) -> Iterator[Ends]:
    """Open both servers for a move."""
    from slate_pg.fleet.relocation.ends import Ends
    from slate_pg.migrations.locking import Patience

    with fleet.connections.lend(member.server) as source, fleet.connections.lend(target) as other:
        patience = Patience(lock_timeout, wait)
        yield Ends(source, other, member.server.name, target.name, member.product, fleet.project, patience)


def _switch(fleet: Fleet, target: Server, command: str | None, file: Path | None, form: str) -> Switch:
    """Return what leads clients to where an installation is: the pooler's file, then the operator's command."""
    from slate_pg.fleet.relocation.switching import Event, run
    from slate_pg.fleet.route import check_whole

    if file is not None:
        check_whole(fleet.roster)
        if not file.parent.is_dir():
            raise Misuse(f"there is no folder {file.parent}", hint="--route takes a file in a folder that is there.")

    def switch(event: Event) -> None:
        if file is not None:
            written_routes(fleet, form, file)
        if command is not None:
            run(command, event)

    return switch


def _abort_without(
    fleet: Fleet,
    member: Member,
    target: Server,
    how: Switch,
    patience: Patience,
    work: Path | None,
    discard: bool,
    as_json: bool,
) -> None:
    """Take a move back whose target does not answer. Writes on the source."""
    import tempfile

    from slate_pg.cli.output import put, put_json
    from slate_pg.fleet.relocation.ends import Lost
    from slate_pg.fleet.relocation.lost import abort_without_target

    with fleet.connections.lend(member.server) as source:
        lost = Lost(source, member.server.name, target.name, target.url, member.product, patience)
        stays = abort_without_target(lost, how, work or Path(tempfile.gettempdir()), discard=discard)
    if as_json:
        done: Relocated = {
            "server": lost.origin, "product": member.product.name, "schema": lost.schema, "before": lost.to,
            "state": "aborted", "move": None, "refused_seconds": None, "backup": None, "logins": [], "stays": stays,
        }  # fmt: skip
        put_json(done)
        return
    put(f"{lost.origin} {lost.schema}: takes writes as before; {lost.to} does not answer")
    for line in stays:
        put(f"  stays: {line}")


def _relocated(ends: Ends, state: str, **more: object) -> Relocated:
    """Return what became of a move, for --json."""
    now, before = (ends.origin, ends.to) if state == "aborted" else (ends.to, ends.origin)
    plain: Relocated = {
        "server": now, "product": ends.product.name, "schema": ends.schema, "before": before, "state": state,
        "move": None, "refused_seconds": None, "backup": None, "logins": [], "stays": [],
    }  # fmt: skip
    return {**plain, **more}  # type: ignore[typeddict-item]


def _say_there(member: Member, as_json: bool) -> None:
    from slate_pg.cli.fleet_output import place
    from slate_pg.cli.output import put, put_json

    if as_json:
        put_json({
            **place(member), "before": member.server.name, "state": "there already", "move": None,
            "refused_seconds": None, "backup": None, "logins": [], "stays": [],
        })  # fmt: skip
    else:
        put(f"{member}: is there already, and no move of it is under way")


def _show_moved(ends: Ends, done: Moved, as_json: bool) -> None:
    from slate_pg.cli.output import put, put_json

    refused = None if done.refused_seconds is None else round(done.refused_seconds, 3)
    if as_json:
        made = list(done.mark.logins)
        more = {"move": done.mark.id, "refused_seconds": refused, "logins": made, "stays": list(done.stays)}
        put_json(_relocated(ends, "moved", **more))
        return
    took = "" if refused is None else f"; writes were refused for {refused:.1f} s"
    put(f"{ends.origin} {ends.schema}: moved to {ends.to}{took}")
    for line in done.stays:
        put(f"  stays behind: {line}")
    put(f"  {ends.origin} keeps a read-only copy: --confirm --backup DIR removes it, --abort goes back to it")


def _show_removed(ends: Ends, done: Removed, as_json: bool) -> None:
    from slate_pg.cli.output import put, put_json

    if as_json:
        put_json(_relocated(ends, "confirmed", backup=str(done.backup), stays=list(done.stayed)))
        return
    put(f"{ends.origin} {ends.schema}: removed, it is on {ends.to}; the old copy's backup is {done.backup}")
    for line in done.stayed:
        put(f"  stays: {line}")


def _show_aborted(ends: Ends, stayed: list[str], as_json: bool) -> None:
    from slate_pg.cli.output import put, put_json

    if as_json:
        put_json(_relocated(ends, "aborted", stays=stayed))
        return
    put(f"{ends.origin} {ends.schema}: takes writes as before, the copy on {ends.to} is dropped")
    for line in stayed:
        put(f"  stays: {line}")
