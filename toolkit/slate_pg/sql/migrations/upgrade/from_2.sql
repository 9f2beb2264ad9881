-- From version 2 to 3: more kinds of rows, and the values a text ran with. The ledger is locked for a moment.

ALTER TABLE _slate_ledger ADD COLUMN variables jsonb;
ALTER TABLE _slate_ledger DROP CONSTRAINT _slate_ledger_version_2;
ALTER TABLE _slate_ledger ADD CONSTRAINT _slate_ledger_version_3 CHECK (
    kind IN (
        'migration', 'apply', 'rollback', 'mark', 'unmark', 'apply statement', 'rollback statement', 'seed', 'job',
        'repeatable', 'repeat', 'backfill', 'replaced', 'setting'
    )
);

COMMENT ON TABLE _slate_ledger IS
'What slate did in this schema. migration: what is applied, word for word, and how to get back. apply, rollback, mark,
unmark: the history, by migration. apply statement, rollback statement: the journal of a non-transactional script under
way. backfill: how far one has come. repeatable: every text of a file that is applied whenever it changes, the newest
with the highest number, each with the one before it; repeat: that a text was taken back. replaced: what a baseline
stands for. seed: the seed files that were loaded. job: every run of a job, its error in note. setting: what holds for
this installation only. variables: with which values a text ran. Written by slate.';
