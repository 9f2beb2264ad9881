-- depends: learning_0005_create_generated_assets
-- Why:  one sitting of one user over one material.
-- Lock: brief on users and study_materials (new foreign keys). Rollback loses: every session.

CREATE TABLE learning_sessions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    study_material_id uuid NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    session_type varchar(50) NOT NULL,
    session_data jsonb,
    total_interactions integer NOT NULL DEFAULT 0,
    completion_percentage double precision NOT NULL DEFAULT 0,
    status varchar(20) NOT NULL DEFAULT 'active',
    configuration jsonb,

    CONSTRAINT learning_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT learning_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT learning_sessions_study_material_id_fkey FOREIGN KEY (study_material_id)
        REFERENCES study_materials (id),
    CONSTRAINT learning_sessions_session_type_check CHECK (
        session_type IN ('quiz', 'review', 'study')
    ),
    CONSTRAINT learning_sessions_session_data_check CHECK (jsonb_typeof(session_data) = 'object'),
    CONSTRAINT learning_sessions_configuration_check CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT learning_sessions_total_interactions_check CHECK (
        total_interactions BETWEEN 0 AND 2000000000
    ),
    CONSTRAINT learning_sessions_completion_percentage_check CHECK (
        completion_percentage BETWEEN 0 AND 100
    ),
    CONSTRAINT learning_sessions_end_not_before_start_check CHECK (ended_at >= started_at),
    CONSTRAINT learning_sessions_times_finite_check CHECK (
        isfinite(started_at)
        AND isfinite(ended_at)
    )
) WITH (
    -- Every interaction updates its session's count: room on the page keeps that update off the
    -- indexes.
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.05
);

COMMENT ON TABLE learning_sessions IS
'One sitting of a user over one material. Sessions stay; session_data does not.';
COMMENT ON COLUMN learning_sessions.id IS 'Key of the session.';
COMMENT ON COLUMN learning_sessions.user_id IS 'The learner.';
COMMENT ON COLUMN learning_sessions.study_material_id IS 'What is studied.';
COMMENT ON COLUMN learning_sessions.started_at IS 'When the sitting began.';
COMMENT ON COLUMN learning_sessions.ended_at IS
'When it ended, never before started_at; NULL while it goes on or was left.';
COMMENT ON COLUMN learning_sessions.session_type IS 'quiz, review or study.';
COMMENT ON COLUMN learning_sessions.session_data IS
'State of the sitting, a JSON object. Six months after the end its numbers go to progress_metrics '
'and it is cleared.';
COMMENT ON COLUMN learning_sessions.total_interactions IS
'Interactions ever recorded, 0 to 2,000,000,000, kept by the database; what retention removes '
'still counts.';
COMMENT ON COLUMN learning_sessions.completion_percentage IS '0 to 100.';
COMMENT ON COLUMN learning_sessions.status IS 'An open list, see open_labels.';
COMMENT ON COLUMN learning_sessions.configuration IS
'Settings the sitting was started with, a JSON object.';

-- The documented index on the user alone. The id behind it makes it the key that interactions and
-- metrics refer to, so that their user and their session's user cannot disagree.
CREATE UNIQUE INDEX idx_learning_sessions_user_id ON learning_sessions (user_id, id);
CREATE INDEX idx_learning_sessions_study_material_id ON learning_sessions (study_material_id);
CREATE INDEX idx_learning_sessions_started_at ON learning_sessions (started_at);
CREATE INDEX idx_learning_sessions_status ON learning_sessions (status);
CREATE INDEX idx_learning_sessions_session_type ON learning_sessions (session_type);
CREATE INDEX idx_learning_sessions_completion_percentage
ON learning_sessions (completion_percentage);

-- Serves the job that folds session_data: the oldest that still has some.
CREATE INDEX learning_sessions_session_data_due_idx
ON learning_sessions ((coalesce(ended_at, started_at)))
WHERE session_data IS NOT NULL;

CREATE FUNCTION end_with_the_start() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.ended_at := NEW.started_at;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION end_with_the_start() IS
'Sets ended_at to started_at; its trigger fires for an end up to five minutes before the start.';

-- Start and end may be read from two clocks that differ: a sitting that short took no time.
CREATE TRIGGER learning_sessions_clocks_may_differ
BEFORE INSERT OR UPDATE OF started_at, ended_at ON learning_sessions
FOR EACH ROW WHEN (
    NEW.ended_at < NEW.started_at AND NEW.ended_at >= NEW.started_at - interval '5 min'
) EXECUTE FUNCTION end_with_the_start();

-- A sitting that goes on again has not ended.
CREATE TRIGGER learning_sessions_go_on
BEFORE UPDATE OF status ON learning_sessions
FOR EACH ROW WHEN (
    NEW.status = 'active' AND OLD.status <> 'active' AND NEW.ended_at = OLD.ended_at
) EXECUTE FUNCTION core.empty_column('ended_at');

ALTER TABLE learning_sessions ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_sessions ON learning_sessions
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

-- A foreign key would accept a hidden material, and so tell that it exists.
CREATE POLICY people_add_sessions_on_own_materials ON learning_sessions
FOR INSERT TO authenticated_users
WITH CHECK (
    user_id = (SELECT me.id FROM my_account AS me)
    AND EXISTS (
        SELECT FROM study_materials AS m
        WHERE m.id = study_material_id AND m.user_id = (SELECT me.id FROM my_account AS me)
    )
);

CREATE POLICY people_change_own_sessions ON learning_sessions
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me))
WITH CHECK (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON learning_sessions
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON learning_sessions
FOR SELECT TO slate_readers
USING (true);

-- No id: whoever could choose one could ask which are taken.
GRANT SELECT, INSERT (
    user_id, study_material_id, started_at, ended_at, session_type, session_data,
    total_interactions, completion_percentage, status, configuration
) ON learning_sessions TO authenticated_users;
GRANT UPDATE (ended_at, session_data, completion_percentage, status, configuration)
ON learning_sessions TO authenticated_users;
GRANT SELECT, INSERT, UPDATE ON learning_sessions TO slate_services;
GRANT SELECT ON learning_sessions TO slate_readers;
