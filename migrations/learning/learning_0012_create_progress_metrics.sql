-- depends: learning_0011_create_user_feedback
-- Why:  measured progress, for trends over years: by month, kept five years.
-- Lock: brief on users and learning_sessions (new foreign keys). Rollback loses: every metric.

CREATE TABLE progress_metrics (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    learning_session_id uuid,
    metric_type varchar(50) NOT NULL,
    metric_value double precision NOT NULL,
    metric_data jsonb,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    time_period varchar(20),
    subject_area varchar(100),
    aggregation_type varchar(20),

    CONSTRAINT progress_metrics_pkey PRIMARY KEY (id, recorded_at),
    CONSTRAINT progress_metrics_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    -- Both columns: the metric's user is the session's user.
    CONSTRAINT progress_metrics_learning_session_id_fkey FOREIGN KEY (learning_session_id, user_id)
        REFERENCES learning_sessions (id, user_id),
    CONSTRAINT progress_metrics_metric_type_check CHECK (
        metric_type IN ('accuracy', 'speed', 'retention')
    ),
    CONSTRAINT progress_metrics_metric_value_check CHECK (
        metric_value BETWEEN -1e15 AND 1e15
    ),
    CONSTRAINT progress_metrics_metric_data_check CHECK (jsonb_typeof(metric_data) = 'object'),
    CONSTRAINT progress_metrics_time_period_check CHECK (
        time_period IN ('daily', 'weekly', 'monthly')
    ),
    CONSTRAINT progress_metrics_recorded_at_finite_check CHECK (isfinite(recorded_at))
) PARTITION BY RANGE (recorded_at);

COMMENT ON TABLE progress_metrics IS
'Measured progress of a user. One partition a month; after five years a month moves to '
'progress_metrics_archive.';
COMMENT ON COLUMN progress_metrics.id IS
'Unique over all months and the archive, see progress_metric_keys.';
COMMENT ON COLUMN progress_metrics.user_id IS
'Whose progress it is; after a purge a key that leads to nobody.';
COMMENT ON COLUMN progress_metrics.learning_session_id IS
'The session that was measured, if it was one.';
COMMENT ON COLUMN progress_metrics.metric_type IS 'accuracy, speed or retention.';
COMMENT ON COLUMN progress_metrics.metric_value IS
'-1e15 to 1e15. As record_session_metrics() writes it: accuracy and retention 0 to 1, speed in '
'milliseconds per response.';
COMMENT ON COLUMN progress_metrics.metric_data IS 'Details, a JSON object.';
COMMENT ON COLUMN progress_metrics.recorded_at IS 'The time the value is of; decides the month.';
COMMENT ON COLUMN progress_metrics.time_period IS
'Period that the value sums up: daily, weekly or monthly; NULL for a single measurement.';
COMMENT ON COLUMN progress_metrics.subject_area IS 'Academic subject it is about.';
COMMENT ON COLUMN progress_metrics.aggregation_type IS
'How the value was made; an open list. session: from one session; completion: share of the '
'material worked through.';

CREATE INDEX idx_progress_metrics_user_id ON progress_metrics (user_id, recorded_at);
CREATE INDEX idx_progress_metrics_learning_session_id
ON progress_metrics (learning_session_id, user_id);
CREATE INDEX idx_progress_metrics_metric_type ON progress_metrics (metric_type);
CREATE INDEX idx_progress_metrics_recorded_at ON progress_metrics (recorded_at);
CREATE INDEX idx_progress_metrics_time_period ON progress_metrics (time_period);
CREATE INDEX idx_progress_metrics_subject_area ON progress_metrics (subject_area);

CREATE TABLE progress_metric_keys (
    id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,

    CONSTRAINT progress_metric_keys_pkey PRIMARY KEY (id)
);

COMMENT ON TABLE progress_metric_keys IS
'Each progress_metrics.id and its recorded_at, archive included: makes the id unique over the '
'months. Kept by triggers.';

COMMENT ON COLUMN progress_metric_keys.id IS 'Id of a metric, live or archived.';
COMMENT ON COLUMN progress_metric_keys.recorded_at IS 'Its time, and so its month.';

SELECT core.grant_to_own('SELECT ON progress_metric_keys', 'service', 'reader');

-- SECURITY DEFINER: as claim_interaction_ids().
CREATE FUNCTION claim_progress_metric_ids() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_claimed bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO progress_metric_keys (id, recorded_at)
        SELECT n.id, n.recorded_at FROM new_rows AS n
        ON CONFLICT (id) DO NOTHING;
        GET DIAGNOSTICS v_claimed = ROW_COUNT;
        IF v_claimed < (SELECT count(*) FROM new_rows) THEN
            RAISE EXCEPTION 'a metric has this id already, in this month or another'
                USING ERRCODE = 'unique_violation', TABLE = 'progress_metrics',
                CONSTRAINT = 'progress_metric_keys_pkey',
                HINT = 'Leave the id out, or upsert by ON CONFLICT (id, recorded_at).';
        END IF;
    ELSE
        DELETE FROM progress_metric_keys AS k
        WHERE k.id = ANY (ARRAY(SELECT o.id FROM old_rows AS o));
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION claim_progress_metric_ids() IS
'Statement trigger of progress_metrics: an id is taken once over all months and the archive '
'(23505 on the primary key of progress_metric_keys) and freed when its row is deleted.';

CREATE TRIGGER progress_metrics_claim_ids
AFTER INSERT ON progress_metrics
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION claim_progress_metric_ids();

CREATE TRIGGER progress_metrics_free_ids
AFTER DELETE ON progress_metrics
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION claim_progress_metric_ids();

CREATE TRIGGER progress_metrics_keep_identity
BEFORE UPDATE OF id, recorded_at ON progress_metrics
FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.recorded_at <> OLD.recorded_at)
EXECUTE FUNCTION refuse_new_identity('progress_metrics');

ALTER TABLE progress_metrics ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_metrics ON progress_metrics
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON progress_metrics
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON progress_metrics
FOR SELECT TO slate_readers
USING (true);

-- People read: a metric is the platform's verdict, not the learner's.
GRANT SELECT ON progress_metrics TO authenticated_users, slate_readers;
GRANT SELECT, INSERT, UPDATE, DELETE ON progress_metrics TO slate_services;

SELECT create_month_partitions('progress_metrics', 3, 1);
