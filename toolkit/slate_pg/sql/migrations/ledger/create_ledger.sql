-- The ledger of one installation, inside its own schema: one table, version 3. The name of the CHECK constraint is the
-- version: it can be read without a right on the table, travels with every dump, and goes where the schema goes.

CREATE TABLE _slate_ledger (
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    number bigint NOT NULL DEFAULT (extract(EPOCH FROM clock_timestamp()) * 1000000)::bigint,
    began_at timestamptz DEFAULT now(),
    ended_at timestamptz DEFAULT clock_timestamp(),
    who text DEFAULT session_user,
    host text,
    checksum text,
    body text,
    rollback_checksum text,
    rollback_body text,
    rollback_transactional boolean,
    duration_ms double precision,
    attempt integer,
    total integer,
    rows bigint,
    note text,
    variables jsonb,

    PRIMARY KEY (kind, key, number),
    CONSTRAINT _slate_ledger_version_3 CHECK (
        kind IN (
            'migration', 'apply', 'rollback', 'mark', 'unmark', 'apply statement', 'rollback statement', 'seed', 'job',
            'repeatable', 'repeat', 'backfill', 'replaced', 'setting'
        )
    )
);

COMMENT ON TABLE _slate_ledger IS
'What slate did in this schema. migration: what is applied, word for word, and how to get back. apply, rollback, mark,
unmark: the history, by migration. apply statement, rollback statement: the journal of a non-transactional script under
way. backfill: how far one has come. repeatable: every text of a file that is applied whenever it changes, the newest
with the highest number, each with the one before it; repeat: that a text was taken back. replaced: what a baseline
stands for. seed: the seed files that were loaded. job: every run of a job, its error in note. setting: what holds for
this installation only. variables: with which values a text ran. Written by slate.';
