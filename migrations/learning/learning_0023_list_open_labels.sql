-- depends: learning_0022_summarise_progress
-- Why:  six columns hold labels whose list nobody closed. A place says which ones are known, for
--       menus and for whoever wonders; it enforces nothing, so that a new label needs no migration.
-- Lock: none, only new objects. Rollback loses: labels added to the list.

CREATE TABLE open_labels (
    table_name text NOT NULL,
    column_name text NOT NULL,
    label text NOT NULL,
    meaning text NOT NULL,

    CONSTRAINT open_labels_pkey PRIMARY KEY (table_name, column_name, label)
);

COMMENT ON TABLE open_labels IS
'Known values of the columns without a closed list (statuses, chunk types, …). A list to choose '
'from, not a limit.';
COMMENT ON COLUMN open_labels.table_name IS 'Table of the column.';
COMMENT ON COLUMN open_labels.column_name IS 'Column whose list is open.';
COMMENT ON COLUMN open_labels.meaning IS 'What the label says, for people to read.';
COMMENT ON COLUMN open_labels.label IS 'The value as stored.';

SELECT core.grant_to_own('SELECT ON open_labels', 'people', 'reader');
SELECT core.grant_to_own('SELECT, INSERT, UPDATE, DELETE ON open_labels', 'service');
