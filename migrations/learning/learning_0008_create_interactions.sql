-- depends: learning_0007_prepare_months
-- Why:  what a learner did, one row per answer, view or skip. The largest table: by month, kept one
--       year.
-- Lock: brief on users, generated_assets and learning_sessions (new foreign keys). Rollback loses:
--       every interaction.

CREATE TABLE interactions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    learning_session_id uuid NOT NULL,
    generated_asset_id uuid,
    user_id uuid NOT NULL,
    interaction_type varchar(50) NOT NULL,
    interaction_data jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    is_correct boolean,
    response_time_ms integer,
    confidence_level double precision,
    feedback_data jsonb,

    CONSTRAINT interactions_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT interactions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT interactions_generated_asset_id_fkey FOREIGN KEY (generated_asset_id)
        REFERENCES generated_assets (id),
    -- Both columns: the interaction's user is the session's user.
    CONSTRAINT interactions_learning_session_id_fkey FOREIGN KEY (learning_session_id, user_id)
        REFERENCES learning_sessions (id, user_id),
    CONSTRAINT interactions_interaction_type_check CHECK (
        interaction_type IN ('answer', 'view', 'skip')
    ),
    CONSTRAINT interactions_interaction_data_check CHECK (
        jsonb_typeof(interaction_data) = 'object'
    ),
    CONSTRAINT interactions_feedback_data_check CHECK (jsonb_typeof(feedback_data) = 'object'),
    CONSTRAINT interactions_response_time_ms_check CHECK (response_time_ms >= 0),
    CONSTRAINT interactions_confidence_level_check CHECK (confidence_level BETWEEN 0 AND 1),
    CONSTRAINT interactions_created_at_finite_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE interactions IS
'What a learner did within a session. One partition a month; after a year a month moves to '
'interactions_archive.';
COMMENT ON COLUMN interactions.id IS
'Unique over all months and the archive, see interaction_keys.';
COMMENT ON COLUMN interactions.learning_session_id IS 'The sitting it happened in.';
COMMENT ON COLUMN interactions.generated_asset_id IS 'The asset it was done with, if any.';
COMMENT ON COLUMN interactions.user_id IS 'The learner; the same as the session''s.';
COMMENT ON COLUMN interactions.interaction_type IS 'answer, view or skip.';
COMMENT ON COLUMN interactions.interaction_data IS 'Details, a JSON object.';
COMMENT ON COLUMN interactions.created_at IS 'When it happened; decides the month.';
COMMENT ON COLUMN interactions.is_correct IS
'For answers; NULL when there is nothing to be right about.';
COMMENT ON COLUMN interactions.response_time_ms IS 'Time to respond, milliseconds.';
COMMENT ON COLUMN interactions.confidence_level IS 'The learner''s own, 0 to 1.';
COMMENT ON COLUMN interactions.feedback_data IS 'What was shown in return, a JSON object.';

CREATE INDEX idx_interactions_learning_session_id ON interactions (learning_session_id, user_id);
CREATE INDEX idx_interactions_generated_asset_id ON interactions (generated_asset_id);
CREATE INDEX idx_interactions_user_id ON interactions (user_id);
CREATE INDEX idx_interactions_created_at ON interactions (created_at);
CREATE INDEX idx_interactions_interaction_type ON interactions (interaction_type);
CREATE INDEX idx_interactions_is_correct ON interactions (is_correct);

CREATE TABLE interaction_keys (
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,

    CONSTRAINT interaction_keys_pkey PRIMARY KEY (id)
);

COMMENT ON TABLE interaction_keys IS
'Each interactions.id and its created_at, archive included: makes the id unique over the months, '
'and tells in which month to look for it. Kept by triggers. After dropping an archived month, '
'delete its ids here.';

COMMENT ON COLUMN interaction_keys.id IS 'Id of an interaction, live or archived.';
COMMENT ON COLUMN interaction_keys.created_at IS 'Its time, and so its month.';

SELECT core.grant_to_own('SELECT ON interaction_keys', 'service', 'reader');

-- A primary key with the time in it lets the same id return in another month. SECURITY DEFINER:
-- callers may not write the key table, and row security must not hide a taken id.
CREATE FUNCTION claim_interaction_ids() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_claimed bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO interaction_keys (id, created_at)
        SELECT n.id, n.created_at FROM new_rows AS n
        ON CONFLICT (id) DO NOTHING;
        GET DIAGNOSTICS v_claimed = ROW_COUNT;
        IF v_claimed < (SELECT count(*) FROM new_rows) THEN
            RAISE EXCEPTION 'an interaction has this id already, in this month or another'
                USING ERRCODE = 'unique_violation', TABLE = 'interactions',
                CONSTRAINT = 'interaction_keys_pkey',
                HINT = 'record_interaction() may be sent again under the same id.';
        END IF;
    ELSE
        DELETE FROM interaction_keys AS k WHERE k.id = ANY (ARRAY(SELECT o.id FROM old_rows AS o));
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION claim_interaction_ids() IS
'Statement trigger of interactions: an id is taken once over all months and the archive (23505, '
'interaction_keys_pkey, whose hint names record_interaction()) and freed when its row is deleted.';

CREATE TRIGGER interactions_claim_ids
AFTER INSERT ON interactions
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION claim_interaction_ids();

CREATE TRIGGER interactions_free_ids
AFTER DELETE ON interactions
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION claim_interaction_ids();

CREATE TRIGGER interactions_keep_identity
BEFORE UPDATE OF id, created_at ON interactions
FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at)
EXECUTE FUNCTION refuse_new_identity('interactions');

ALTER TABLE interactions ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_interactions ON interactions
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

-- A foreign key would accept a hidden asset; the subquery runs under the row security of the asset.
CREATE POLICY people_add_own_interactions ON interactions
FOR INSERT TO authenticated_users
WITH CHECK (
    user_id = (SELECT me.id FROM my_account AS me)
    AND (
        generated_asset_id IS NULL
        OR EXISTS (SELECT FROM generated_assets AS a WHERE a.id = generated_asset_id)
    )
);

CREATE POLICY people_change_own_interactions ON interactions
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me))
WITH CHECK (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON interactions
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON interactions
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, INSERT, UPDATE (confidence_level, feedback_data) ON interactions
TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON interactions TO slate_services;
GRANT SELECT ON interactions TO slate_readers;

SELECT create_month_partitions('interactions', 3, 1);
