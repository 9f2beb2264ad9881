"""The layouts there are, each looked for in this order. Apart from their readers, so that those load when asked for."""

from __future__ import annotations

from slate_pg.migrations.formats import (
    dbmate,
    flyway,
    folders_each,
    forward,
    goose,
    graphile_migrate,
    liquibase,
    node_pg_migrate,
    pairs,
    pop,
    sqitch,
)
from slate_pg.migrations.formats.listing import Format

EVERY: tuple[Format, ...] = (
    pairs.FORMAT,
    pop.FORMAT,
    dbmate.FORMAT,
    goose.FORMAT,
    flyway.FORMAT,
    folders_each.PRISMA,
    folders_each.DIESEL,
    graphile_migrate.FORMAT,
    node_pg_migrate.FORMAT,
    sqitch.FORMAT,
    forward.SUPABASE,
    forward.RAILS,
    liquibase.FORMAT,
)
