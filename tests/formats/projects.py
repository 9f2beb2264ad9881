"""One small project a layout, the same history in each: a table, a function, an index built alone, a last table.

Written for these tests. Where the tool orders by number, the numbers are such that the names alone would order wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FUNCTION = """CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS $body$
BEGIN
    -- one; two
    RETURN (SELECT count(*) FROM account);
END;
$body$;
"""
INDEX = "CREATE INDEX CONCURRENTLY account_name_idx ON account (name);\n"
TABLE = "CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL);\n"
LAST = "CREATE TABLE payment (id bigint PRIMARY KEY, account_id bigint REFERENCES account);\n"


@dataclass(frozen=True)
class Example:
    """A project: its files by path below the folder, the ids in the order they run, and what it cannot undo."""

    files: dict[str, str]
    ids: tuple[str, ...]
    name: str
    undoes: bool = True
    alone: tuple[str, ...] = ()
    folder: str = "migrations"

    def write(self, root: Path) -> Path:
        """Write the files and return the folder to point slate at."""
        place = root / self.folder
        for path, text in self.files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text)
        return place


def _pairs() -> dict[str, str]:
    return {
        "2_account.up.sql": f"BEGIN;\n{TABLE}COMMIT;\n",
        "2_account.down.sql": "BEGIN;\nDROP TABLE account;\nCOMMIT;\n",
        "9_total.up.sql": FUNCTION,
        "9_total.down.sql": "DROP FUNCTION total();\n",
        "10_index.up.sql": INDEX,
        "10_index.down.sql": "DROP INDEX CONCURRENTLY account_name_idx;\n",
        "11_payment.up.sql": LAST,
        "11_payment.down.sql": "DROP TABLE payment;\n",
    }


def _sections(up: str, down: str, alone: str = "", head: str = "", body: tuple[str, str] = ("", "")) -> dict[str, str]:
    def one(there: str, back: str, option: str = "", top: str = "") -> str:
        return f"{top}{up}{option}\n{there}\n{down}{option}\n{back}\n"

    return {
        "2_account.sql": one(TABLE, "DROP TABLE account;"),
        "9_total.sql": one(body[0] + FUNCTION + body[1], "DROP FUNCTION total();"),
        "10_index.sql": one(INDEX, "DROP INDEX CONCURRENTLY account_name_idx;", alone, head),
        "11_payment.sql": one(LAST, "DROP TABLE payment;"),
    }


_IDS = ("2_account", "9_total", "10_index", "11_payment")
_TIMED = tuple(f"2024010{n}000000_{name}" for n, name in enumerate(("account", "total", "index", "payment"), 1))
_FORWARD = dict(zip(_TIMED, (TABLE, FUNCTION, INDEX, LAST), strict=True))
_BACK = (
    "DROP TABLE account;",
    "DROP FUNCTION total();",
    "DROP INDEX CONCURRENTLY account_name_idx;",
    "DROP TABLE payment;",
)
_GOOSE_BODY = ("-- +goose StatementBegin\n", "-- +goose StatementEnd\n")
_PLAN = """%syntax-version=1.0.0
%project=shop

account 2024-01-01T00:00:00Z A Tester <tester@example.org> # the first
@v1 2024-01-01T00:00:01Z A Tester <tester@example.org> # a tag

stats/total [account] 2024-01-02T00:00:00Z A Tester <tester@example.org>
index [account] 2024-01-03T00:00:00Z A Tester <tester@example.org> # built alone
payment [account stats/total] 2024-01-04T00:00:00Z A Tester <tester@example.org> # the last
"""
_SQITCH = ("account", "stats/total", "index", "payment")


def _sqitch() -> dict[str, str]:
    files = {"sqitch.plan": _PLAN, "sqitch.conf": "[core]\n\tengine = pg\n"}
    for name, there, back in zip(_SQITCH, (TABLE, FUNCTION, INDEX, LAST), _BACK, strict=True):
        bare = name == "index"
        files[f"deploy/{name}.sql"] = there if bare else f"-- Deploy shop:{name} to pg\n\nBEGIN;\n\n{there}\nCOMMIT;\n"
        files[f"revert/{name}.sql"] = (
            back if bare else f"-- Revert shop:{name} from pg\n\nBEGIN;\n\n{back}\n\nCOMMIT;\n"
        )
        files[f"verify/{name}.sql"] = "SELECT 1/0; -- never run here\n"
    return files


def _by_name(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names))


EXAMPLES: dict[str, Example] = {
    "golang-migrate": Example(_pairs(), _IDS, "golang-migrate", alone=("10_index",)),
    "sqlx": Example(
        {**_pairs(), "10_index.up.sql": f"-- no-transaction\n{INDEX}SELECT 1;\n"}, _IDS, "golang-migrate", alone=("10_index",)
    ),
    "pop": Example(
        {
            **{
                path.replace("2_account.", "2_account.postgres.").replace("10_index.", "10_index.postgres.autocommit."): text
                for path, text in _pairs().items()
            },
            "2_account.mysql.up.sql": "CREATE TABLE wrong (id int);\n",
            "10_index.up.sql": "CREATE TABLE common (id int); -- for every other engine\n",
            "12_other.sqlite3.up.sql": "CREATE TABLE wrong (id int);\n",
        },
        _IDS,
        "pop",
        alone=("10_index",),
    ),
    "dbmate": Example(
        {f"20240101{path}": text for path, text in zip(
            ("01_account.sql", "02_total.sql", "03_index.sql", "04_payment.sql"),
            _sections("-- migrate:up", "-- migrate:down", " transaction:false").values(), strict=True)},
        ("2024010101_account", "2024010102_total", "2024010103_index", "2024010104_payment"),
        "dbmate", alone=("2024010103_index",), folder="db/migrations",
    ),
    "goose": Example(
        _sections("-- +goose Up", "-- +goose Down", head="-- +goose NO TRANSACTION\n", body=_GOOSE_BODY),
        _IDS, "goose", alone=("10_index",),
    ),
    "flyway": Example(
        {
            "V2__account.sql": TABLE, "U2__account.sql": _BACK[0],
            "V9__total.sql": FUNCTION, "U9__total.sql": _BACK[1],
            "later/V10.0__index.sql": INDEX, "U10__index.sql": _BACK[2],
            "V10_1__payment.sql": f"{LAST}SELECT '${{app}}';\n", "U10_1__payment.sql": _BACK[3],
            "V10_1__payment.sql.conf": "placeholderReplacement=false\n",
        },
        ("V2__account", "V9__total", "V10.0__index", "V10_1__payment"), "flyway", alone=("V10.0__index",),
    ),
    "prisma": Example(
        {"migration_lock.toml": 'provider = "postgresql"\n', **{f"{n}/migration.sql": t for n, t in _FORWARD.items()}},
        _TIMED, "prisma", undoes=False, alone=(_TIMED[2],), folder="prisma/migrations",
    ),
    "diesel": Example(
        {
            ".keep": "",
            **{f"{n}/up.sql": t for n, t in _FORWARD.items()},
            **{f"{n}/down.sql": t for n, t in zip(_TIMED, _BACK, strict=True)},
            f"{_TIMED[2]}/metadata.toml": "run_in_transaction = false\n",
        },
        _TIMED, "diesel", alone=(_TIMED[2],),
    ),
    "graphile-migrate": Example(
        {
            "current.sql": "-- nothing yet\n",
            **{
                f"committed/00000{n}-{name}.sql": f"--! Previous: -\n--! Hash: sha1:{n:040}\n\n{text}"
                for n, (name, text) in enumerate(
                    zip(("account", "total", "index", "payment"), (TABLE, FUNCTION, INDEX, LAST), strict=True), 1)
            },
        },
        ("000001-account", "000002-total", "000003-index", "000004-payment"),
        "graphile-migrate", undoes=False, alone=("000003-index",),
    ),
    "node-pg-migrate": Example(
        _sections("-- Up Migration", "-- Down Migration"), _IDS, "node-pg-migrate", alone=("10_index",)
    ),
    "sqitch": Example(_sqitch(), _SQITCH, "sqitch", alone=("index",), folder="."),
    "supabase": Example(
        {f"{n}.sql": t for n, t in _FORWARD.items()}, _TIMED, "supabase", undoes=False, alone=(_TIMED[2],),
        folder="supabase/migrations",
    ),
    "rails": Example(
        {
            "structure.sql": f"SET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n"
            f"{TABLE.replace('account', 'public.account')}{FUNCTION.replace('total', 'public.total')}"
            f"CREATE INDEX account_name_idx ON public.account (name);\n"
            f"{LAST.replace('payment', 'public.payment').replace('REFERENCES account', 'REFERENCES public.account')}"
            'SET search_path TO "$user", public;\n',
            "migrate/20240101000000_account.rb": "class Account < ActiveRecord::Migration[7.1]; end\n",
        },
        ("structure",), "rails", undoes=False, folder="db",
    ),
    "yoyo": Example(
        {
            "2_account.sql": TABLE, "2_account.rollback.sql": _BACK[0],
            "3_total.sql": f"-- depends: 2_account\n{FUNCTION}", "3_total.rollback.sql": _BACK[1],
            "4_index.sql": f"-- transactional: false\n{INDEX}", "4_index.rollback.sql": f"-- transactional: false\n{_BACK[2]}",
            "5_payment.sql": LAST, "5_payment.rollback.sql": _BACK[3],
        },
        ("2_account", "3_total", "4_index", "5_payment"), "slate", alone=("4_index",),
    ),
}  # fmt: skip
