"""Three sessions of mixed isolation write single statements of every shape, and a recount says whether what is kept is true.

A product brings a Game: statements with holes, the things that fill them, and what must hold. No knowledge of a product
here. SLATE_FUZZ sets how many transactions commit (60 in the suite; 2,000 for a night), SLATE_FUZZ_SEED another draw.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase, Session

TRANSACTIONS = int(os.environ.get("SLATE_FUZZ", "60"))
SEED = int(os.environ.get("SLATE_FUZZ_SEED", "20"))
LEVELS = ("READ COMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
REFUSALS = (  # what a caller is told and may try again or otherwise; anything else is a fault of game or database
    psycopg.errors.IntegrityError,
    psycopg.errors.OperationalError,
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.InvalidParameterValue,
    psycopg.errors.InvalidTransactionState,
)
HOLE = re.compile(r"\{(\w+?)(_[bc])?\}")


@dataclass(frozen=True)
class Game:
    """What a product plays with.

    A hole `{student}` is filled with one of things["student"], `{student_b}` with another draw. A statement that begins
    with COPY is followed by | and its row, the columns apart by commas. TRUNCATE is drawn five times as seldom. Each query
    of `truths` returns the rows that are wrong; `settle` runs before.
    """

    product: str
    things: dict[str, Sequence[Any]]
    statements: Sequence[str]
    truths: dict[str, str]
    settle: str = ""


@dataclass
class Score:
    """Transactions committed, and refusals by SQLSTATE, of all sessions together."""

    wanted: int
    committed: int = 0

    def __post_init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.lock = Lock()

    def commit(self) -> None:
        """Count a transaction."""
        with self.lock:
            self.committed += 1

    def refuse(self, refusal: psycopg.Error) -> None:
        """Count a refusal; AssertionError when there is hardly anything else."""
        with self.lock:
            self.refused[refusal.sqlstate or "?"] += 1
            assert self.refused.total() < 30 * self.wanted + 300, f"hardly anything commits: {self.refused}"


def draw(chance: random.Random, game: Game) -> str:
    """Return one of the statements, its holes filled."""
    statement = chance.choice(game.statements)
    if statement.startswith("TRUNCATE") and chance.random() > 0.2:
        statement = chance.choice([s for s in game.statements if not s.startswith("TRUNCATE")])
    return HOLE.sub(lambda hole: _literal(chance.choice(game.things[hole[1]]), statement), statement)


def _literal(value: Any, statement: str) -> str:
    return str(value) if statement.startswith("COPY") else sql.Literal(value).as_string(None)


def run(session: Database, statement: str) -> None:
    """Execute a filled statement; a COPY sends its row."""
    if not statement.startswith("COPY"):
        session.connection.execute(statement.encode())
        return
    command, row = statement.split("|")
    with session.connection.cursor().copy(command.encode()) as copy:
        copy.write_row([value.strip() for value in row.split(",")])


def play(session: Session, game: Game, seed: int, score: Score) -> None:
    """Commit transactions until the score is reached; a refusal rolls its own back, any other error ends the game."""
    chance = random.Random(seed)  # noqa: S311 - the same draws in every run
    session.use(game.product)
    try:
        while score.committed < score.wanted:
            try:
                session.execute(f"SET TRANSACTION ISOLATION LEVEL {chance.choice(LEVELS)}")
                for _ in range(chance.randrange(1, 4)):
                    run(session, draw(chance, game))
                session.commit()
            except REFUSALS as refusal:
                session.rollback()
                score.refuse(refusal)
            else:
                score.commit()
    except BaseException:
        score.wanted = 0  # the others stop, and wait for no lock of this session
        session.rollback()
        raise


def check_game(db: CommittedDatabase, game: Game) -> Score:
    """Run each statement once alone, then all in three sessions, and ask every truth."""
    with db.sessions(1) as (alone,):
        alone.use(game.product)
        for statement in game.statements:
            _try(alone, game, statement)
    score = Score(TRANSACTIONS)
    with db.sessions(3) as sessions, ThreadPoolExecutor(3) as pool:
        for task in [pool.submit(play, s, game, SEED + number, score) for number, s in enumerate(sessions)]:
            task.result()
    print(f"{game.product}: {score.committed} committed, refused {dict(score.refused)}")
    if game.settle:
        db.execute(game.settle)
    wrong = {name: db.rows(truth) for name, truth in game.truths.items()}
    assert {name: rows for name, rows in wrong.items() if rows} == {}
    return score


def _try(session: Session, game: Game, statement: str) -> None:
    """Roll the statement back, with any draw; no statement of a game may be malformed, or refused whatever is drawn."""
    refusals = []
    for seed in range(40):
        chance = random.Random(seed)  # noqa: S311 - the same draws in every run
        filled = HOLE.sub(lambda hole: _literal(chance.choice(game.things[hole[1]]), statement), statement)  # noqa: B023
        try:
            run(session, filled)
        except REFUSALS as refusal:
            refusals.append(f"{filled}: {refusal}")
            session.rollback()
        else:
            session.rollback()
            return
    raise AssertionError(f"refused in forty draws: {refusals[-1]}")
