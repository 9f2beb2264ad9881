-- depends: spark_0013_guard_roles_and_schools
-- Why:  subjects are free text in classes, courses and preferences, and the document names none:
--       this list only offers the spellings to choose from, so that "Maths" and "Mathematics" do
--       not become two subjects.
-- Lock: none, only new objects. Rollback loses: the list.

CREATE TABLE subjects (
    name varchar(50) NOT NULL,
    sort_order integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,

    CONSTRAINT subjects_pkey PRIMARY KEY (name)
);

COMMENT ON TABLE subjects IS
'Subjects to choose from. An open list: no foreign key holds the columns subject to it.';
COMMENT ON COLUMN subjects.is_active IS 'Whether it is offered.';
COMMENT ON COLUMN subjects.sort_order IS
'Lowest first, then by name; any whole number, 0 by default.';

SELECT core.grant_to_own('SELECT, INSERT, UPDATE, DELETE ON subjects', 'service');
SELECT core.grant_to_own('SELECT ON subjects', 'reader');
SELECT core.grant_to_own('SELECT ON subjects', 'people');
