-- depends: flourish_0004_create_students
-- Why:  the document speaks of 17 skills and names one. A catalogue that a school fills serves
--       pickers and legends; no foreign key points here, so an assessment may name a skill before
--       the catalogue does.
-- Lock: none, only new objects. Rollback loses: the catalogue and the scale.

CREATE TABLE levels (
    name varchar(20) NOT NULL,
    rank integer NOT NULL,

    CONSTRAINT levels_pkey PRIMARY KEY (name),
    CONSTRAINT levels_rank_key UNIQUE (rank),
    CONSTRAINT levels_name_and_rank_agree_check CHECK (
        (name, rank) IN (('Emerging', 1), ('Developing', 2), ('Proficient', 3), ('Advanced', 4))
    )
);

COMMENT ON TABLE levels IS 'The four levels of mastery in order; filled by the reference seed.';
COMMENT ON COLUMN levels.name IS 'The level as assessments and corrections store it.';
COMMENT ON COLUMN levels.rank IS '1 (Emerging) to 4 (Advanced), the numbers of the trend query.';

CREATE TABLE skills (
    name varchar(100) NOT NULL,
    category varchar(50) NOT NULL,

    CONSTRAINT skills_pkey PRIMARY KEY (name),
    CONSTRAINT skills_name_not_blank_check CHECK (name ~ '[^[:space:]]'),
    CONSTRAINT skills_category_check CHECK (category IN ('SEL', 'EF', '21st_Century'))
);

COMMENT ON TABLE skills IS
'The skills a school assesses: a catalogue for pickers. Open on purpose.';
COMMENT ON COLUMN skills.name IS 'The skill as assessments and targets name it; not blank.';
COMMENT ON COLUMN skills.category IS
'SEL (social and emotional learning), EF (executive functions) or 21st_Century.';

SELECT core.grant_to_own('SELECT ON levels, skills', 'people', 'reader');
SELECT core.grant_to_own('SELECT, INSERT, UPDATE, DELETE ON levels, skills', 'service');
