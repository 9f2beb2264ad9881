-- depends: learning_0010_record_interaction
-- Why:  ratings, comments and reports on an asset or on one interaction. interactions is cut by
--       month, so its key has the time in it; callers know only the id, and the database adds the
--       rest.
-- Lock: brief on users, generated_assets and interactions (new foreign keys). Rollback loses: every
--       feedback.

CREATE TABLE user_feedback (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    generated_asset_id uuid,
    interaction_id uuid,
    interaction_created_at timestamptz,
    feedback_type varchar(50) NOT NULL,
    rating integer,
    comment text,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    status varchar(20) NOT NULL DEFAULT 'active',

    CONSTRAINT user_feedback_pkey PRIMARY KEY (id),
    CONSTRAINT user_feedback_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT user_feedback_generated_asset_id_fkey FOREIGN KEY (generated_asset_id)
        REFERENCES generated_assets (id),
    CONSTRAINT user_feedback_interaction_id_fkey FOREIGN KEY
        (interaction_id, interaction_created_at)
        REFERENCES interactions (id, created_at) ON DELETE SET NULL,
    CONSTRAINT user_feedback_interaction_whole_check CHECK (
        (interaction_id IS NULL) = (interaction_created_at IS NULL)
    ),
    -- The mark of complete_feedback() for an asset that the interaction was not about.
    CONSTRAINT user_feedback_asset_of_interaction_check CHECK (
        interaction_created_at <> 'infinity'
    ),
    CONSTRAINT user_feedback_feedback_type_check CHECK (
        feedback_type IN ('rating', 'comment', 'report')
    ),
    CONSTRAINT user_feedback_rating_check CHECK (rating >= 1 AND rating <= 5),
    CONSTRAINT user_feedback_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT user_feedback_times_finite_check CHECK (
        isfinite(created_at)
        AND isfinite(updated_at)
    )
);

COMMENT ON TABLE user_feedback IS 'What users say about assets and about single interactions.';
COMMENT ON COLUMN user_feedback.id IS 'Key of the feedback.';
COMMENT ON COLUMN user_feedback.user_id IS 'Who says it.';
COMMENT ON COLUMN user_feedback.generated_asset_id IS
'Asset meant; taken from the interaction when only that is given.';
COMMENT ON COLUMN user_feedback.interaction_id IS
'Interaction meant, one of the same user. NULL again once its month is archived; then '
'metadata->''archived_interaction_id'' names it.';
COMMENT ON COLUMN user_feedback.interaction_created_at IS
'Second half of the key of interactions; the database fills it.';
COMMENT ON COLUMN user_feedback.feedback_type IS 'rating, comment or report.';
COMMENT ON COLUMN user_feedback.rating IS 'Stars, 1 to 5.';
COMMENT ON COLUMN user_feedback.comment IS 'What the user wrote; NULL for stars alone.';
COMMENT ON COLUMN user_feedback.created_at IS 'When it was said.';
COMMENT ON COLUMN user_feedback.updated_at IS 'Time of the last change, kept by the database.';
COMMENT ON COLUMN user_feedback.metadata IS 'Additional facts, a JSON object.';
COMMENT ON COLUMN user_feedback.status IS 'An open list, see open_labels.';

CREATE INDEX idx_user_feedback_user_id ON user_feedback (user_id);
CREATE INDEX idx_user_feedback_generated_asset_id ON user_feedback (generated_asset_id);
CREATE INDEX idx_user_feedback_interaction_id
ON user_feedback (interaction_id, interaction_created_at);
CREATE INDEX idx_user_feedback_feedback_type ON user_feedback (feedback_type);
CREATE INDEX idx_user_feedback_rating ON user_feedback (rating);
CREATE INDEX idx_user_feedback_created_at ON user_feedback (created_at);
CREATE INDEX user_feedback_metadata_idx ON user_feedback USING gin (metadata jsonb_path_ops);

-- Serves the list of labels nobody described: from each to the next.
CREATE INDEX user_feedback_status_idx ON user_feedback (status);

-- Serves retention: the feedback on interactions of one month.
CREATE INDEX user_feedback_interaction_created_at_idx ON user_feedback (interaction_created_at)
WHERE interaction_created_at IS NOT NULL;

-- SECURITY DEFINER: reads the key table, and answers alike for a missing and for a hidden
-- interaction.
CREATE FUNCTION complete_feedback() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
-- a plan for each row would be made for all months
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_asset_id uuid;
BEGIN
    NEW.interaction_created_at := NULL;
    IF NEW.interaction_id IS NULL THEN
        RETURN NEW;
    END IF;

    -- First the month, then the row in it: a join asks every month.
    SELECT k.created_at INTO NEW.interaction_created_at
    FROM interaction_keys AS k
    WHERE k.id = NEW.interaction_id;
    SELECT i.created_at, i.generated_asset_id INTO NEW.interaction_created_at, v_asset_id
    FROM interactions AS i
    WHERE i.id = NEW.interaction_id
        AND i.created_at = NEW.interaction_created_at
        AND i.user_id = NEW.user_id;

    -- Whoever writes in another's name hears the same of what there is and what there is not: the
    -- policy's refusal comes before the key's and the check's, which these times never satisfy.
    IF NEW.user_id IS DISTINCT FROM current_user_id() THEN
        IF NEW.interaction_created_at IS NULL THEN
            NEW.interaction_created_at := '-infinity';
        ELSIF NEW.generated_asset_id <> v_asset_id THEN
            NEW.interaction_created_at := 'infinity';
        END IF;
        NEW.generated_asset_id := coalesce(NEW.generated_asset_id, v_asset_id);
        RETURN NEW;
    END IF;

    IF NEW.interaction_created_at IS NULL THEN
        RAISE EXCEPTION 'user "%" has no interaction "%"', NEW.user_id, NEW.interaction_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'user_feedback',
            SCHEMA = TG_TABLE_SCHEMA,
            CONSTRAINT = 'user_feedback_interaction_id_fkey',
            HINT = 'Interactions of archived months can be named in metadata only.';
    END IF;

    NEW.generated_asset_id := coalesce(NEW.generated_asset_id, v_asset_id);
    IF NEW.generated_asset_id <> v_asset_id THEN
        RAISE EXCEPTION 'interaction "%" was not about asset "%"',
            NEW.interaction_id, NEW.generated_asset_id
            USING ERRCODE = 'check_violation', TABLE = 'user_feedback', SCHEMA = TG_TABLE_SCHEMA,
            CONSTRAINT = 'user_feedback_asset_of_interaction_check',
            HINT = 'Leave generated_asset_id out: it is taken from the interaction.';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION complete_feedback() IS
'Row trigger of user_feedback: from interaction_id fills interaction_created_at and the asset; '
'refuses an interaction of another user (23503) and an asset it was not about (23514).';

CREATE TRIGGER user_feedback_complete
BEFORE INSERT OR UPDATE OF user_id, generated_asset_id, interaction_id, interaction_created_at
ON user_feedback
FOR EACH ROW WHEN (NEW.interaction_id IS NOT NULL OR NEW.interaction_created_at IS NOT NULL)
EXECUTE FUNCTION complete_feedback();

CREATE TRIGGER update_user_feedback_updated_at
BEFORE UPDATE ON user_feedback
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE user_feedback ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_feedback ON user_feedback
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY people_add_feedback_on_what_they_see ON user_feedback
FOR INSERT TO authenticated_users
WITH CHECK (
    user_id = (SELECT me.id FROM my_account AS me)
    AND (
        generated_asset_id IS NULL
        OR EXISTS (SELECT FROM generated_assets AS a WHERE a.id = generated_asset_id)
    )
);

CREATE POLICY people_change_own_feedback ON user_feedback
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me))
WITH CHECK (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY people_remove_own_feedback ON user_feedback
FOR DELETE TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON user_feedback
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON user_feedback
FOR SELECT TO slate_readers
USING (true);

-- No id: whoever could choose one could ask which are taken.
GRANT SELECT, INSERT (
    user_id, generated_asset_id, interaction_id, interaction_created_at, feedback_type, rating,
    comment, metadata, created_at, updated_at, status
), UPDATE (feedback_type, rating, comment, metadata), DELETE
ON user_feedback TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_feedback TO slate_services;
GRANT SELECT ON user_feedback TO slate_readers;
