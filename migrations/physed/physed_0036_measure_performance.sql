-- depends: physed_0035_create_routine_performance
-- Why:  single measurements of a performance, many per minute; divided by month, and each row knows
--       its student so that row security needs no join.
-- Lock: none, only new objects. Rollback loses: every measurement.

CREATE SEQUENCE performance_metrics_id_seq AS integer;

CREATE TABLE performance_metrics (
    id integer NOT NULL DEFAULT nextval('performance_metrics_id_seq'),
    performance_id integer NOT NULL,
    student_id integer NOT NULL,
    metric_type varchar(50),
    metric_value double precision,
    metric_data jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT performance_metrics_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT performance_metrics_performance_id_student_id_fkey
        FOREIGN KEY (performance_id, student_id)
        REFERENCES routine_performance (id, student_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT performance_metrics_metric_type_not_blank_check CHECK (
        metric_type ~ '[^[:space:]\u00a0\u200b]'
    ),
    CONSTRAINT performance_metrics_metric_value_finite_check CHECK (
        metric_value > '-Infinity' AND metric_value < 'Infinity'
    ),
    CONSTRAINT performance_metrics_metric_data_structure_check CHECK (
        jsonb_typeof(metric_data) IN ('object', 'array')
    )
) PARTITION BY RANGE (created_at);

ALTER SEQUENCE performance_metrics_id_seq OWNED BY performance_metrics.id;

COMMENT ON TABLE performance_metrics IS
'Measurements of a routine performance, by month of created_at (UTC).';
COMMENT ON COLUMN performance_metrics.student_id IS
'Copied from the performance; a different one is refused.';
COMMENT ON COLUMN performance_metrics.metric_type IS
'What is measured; the document gives no list.';
COMMENT ON COLUMN performance_metrics.metric_value IS
'In the unit of metric_type; any finite number, also below 0.';

CREATE INDEX performance_metrics_performance_id_student_id_idx
ON performance_metrics (performance_id, student_id);
CREATE INDEX performance_metrics_student_id_created_at_idx
ON performance_metrics (student_id, created_at);
CREATE INDEX performance_metrics_created_at_idx ON performance_metrics (created_at);

-- Definer: the performance may be hidden from the caller; the policy then refuses the row, not this
-- lookup.
CREATE FUNCTION take_student_of_performance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Nobody's student where there is none: the policy then refuses what is missing as it refuses
    -- what is hidden, and the foreign key tells the service.
    NEW.student_id := coalesce(
        (SELECT p.student_id FROM routine_performance AS p WHERE p.id = NEW.performance_id), 0
    );
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION take_student_of_performance() IS
'BEFORE INSERT row trigger: copies student_id from the performance where the writer left it out.';

CREATE TRIGGER performance_metrics_know_the_student
BEFORE INSERT ON performance_metrics
FOR EACH ROW WHEN (NEW.student_id IS NULL)
EXECUTE FUNCTION take_student_of_performance();

CREATE TRIGGER update_performance_metrics_updated_at
BEFORE UPDATE ON performance_metrics
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE performance_metrics ENABLE ROW LEVEL SECURITY;

CREATE POLICY teachers_manage_own_students ON performance_metrics
FOR ALL TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::integer[]));

CREATE POLICY service_manages_all ON performance_metrics
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON performance_metrics
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, INSERT ON performance_metrics TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON performance_metrics TO slate_services;
GRANT SELECT ON performance_metrics TO slate_readers;
SELECT core.grant_to_own('USAGE ON SEQUENCE performance_metrics_id_seq', 'people', 'service');

SELECT core.ensure_partitions('performance_metrics', 'month', 3);
