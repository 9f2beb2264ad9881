-- depends: physed_0056_report_safety_incidents
-- Why:  a camera sees how a student moves; the result is large, comes often, and is divided by
--       month.
-- Lock: none, only new objects. Rollback loses: every analysis.

CREATE FUNCTION movement_analysis_analysis_data_fits(p_data jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN refuse_json(json_fault(p_data, '{
        "type": "object", "required": ["movement_data", "analysis_results"],
        "properties": {
            "movement_data": {"type": "object", "properties": {
                "landmarks": {"type": "object", "values": {"type": "array"}},
                "metrics": {"type": "object", "values": {"type": "number", "min": 0, "max": 1}}
            }},
            "analysis_results": {"type": "object", "properties": {
                "movement_type": {"type": "string", "pattern": "^.{0,200}$",
                    "means": "at most 200 characters"},
                "quality_score": {"type": "number", "min": 0, "max": 1},
                "issues_detected": {"type": "array", "items": {
                    "type": "object", "required": ["type"],
                    "properties": {
                        "type": {"type": "string"},
                        "severity": {"type": "string"},
                        "recommendation": {"type": "string"}
                    }
                }},
                "recommendations": {"type": "array", "items": {"type": "string"}}
            }}
        }
    }', 'analysis_data'), 'movement_analysis', 'analysis_data');
END;
$$;

COMMENT ON FUNCTION movement_analysis_analysis_data_fits(jsonb) IS
'True, or 23514 with the path at fault. Structure: DEVIATIONS R78 to R88; landmarks are arrays.';

GRANT EXECUTE ON FUNCTION movement_analysis_analysis_data_fits(jsonb)
TO authenticated_users, slate_services;

CREATE SEQUENCE movement_analysis_id_seq AS integer;

CREATE TABLE movement_analysis (
    id integer NOT NULL DEFAULT nextval('movement_analysis_id_seq'),
    student_id integer NOT NULL,
    activity_id integer,
    analysis_data jsonb,
    recommendations text,
    confidence_score double precision,
    quality_score double precision,
    repetitions integer,
    duration double precision,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT movement_analysis_pkey PRIMARY KEY (id, created_at),
    -- Target of the patterns' reference.
    CONSTRAINT movement_analysis_student_id_id_created_at_key UNIQUE (student_id, id, created_at),
    CONSTRAINT movement_analysis_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES students (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT movement_analysis_activity_id_fkey FOREIGN KEY (activity_id)
        REFERENCES activities (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT movement_analysis_analysis_data_shape_check CHECK (
        movement_analysis_analysis_data_fits(analysis_data)
    ),
    CONSTRAINT movement_analysis_recommendations_not_blank_check CHECK (
        recommendations ~ '[^[:space:]\u00a0\u200b]'
    ),
    CONSTRAINT movement_analysis_confidence_score_range_check CHECK (
        confidence_score BETWEEN 0 AND 1
    ),
    CONSTRAINT movement_analysis_quality_score_range_check CHECK (quality_score BETWEEN 0 AND 1),
    CONSTRAINT movement_analysis_repetitions_range_check CHECK (repetitions >= 0),
    CONSTRAINT movement_analysis_duration_range_check CHECK (duration > 0 AND duration < 'Infinity')
) PARTITION BY RANGE (created_at);

ALTER SEQUENCE movement_analysis_id_seq OWNED BY movement_analysis.id;

COMMENT ON TABLE movement_analysis IS
'Analyses of a student''s movement, by month of created_at (UTC).';
COMMENT ON COLUMN movement_analysis.analysis_data IS
'Landmarks, metrics and results, as printed in the document.';
COMMENT ON COLUMN movement_analysis.confidence_score IS '0 to 1.';
COMMENT ON COLUMN movement_analysis.quality_score IS '0 to 1.';
COMMENT ON COLUMN movement_analysis.duration IS 'Seconds, above 0.';

CREATE INDEX movement_analysis_student_id_activity_id_idx
ON movement_analysis (student_id, activity_id);
CREATE INDEX movement_analysis_activity_id_idx ON movement_analysis (activity_id);
CREATE INDEX movement_analysis_created_at_idx ON movement_analysis (created_at);
CREATE INDEX movement_analysis_analysis_data_idx
ON movement_analysis USING gin (analysis_data jsonb_path_ops);
-- Serves searches by kind of movement, the path every report filters on.
CREATE INDEX movement_analysis_movement_type_idx
ON movement_analysis ((analysis_data -> 'analysis_results' ->> 'movement_type'));

CREATE TRIGGER update_movement_analysis_updated_at
BEFORE UPDATE ON movement_analysis
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE movement_analysis ENABLE ROW LEVEL SECURITY;

CREATE POLICY teachers_manage_own_students ON movement_analysis
FOR ALL TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::integer[]));

CREATE POLICY service_manages_all ON movement_analysis
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON movement_analysis
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, INSERT, UPDATE ON movement_analysis TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON movement_analysis TO slate_services;
GRANT SELECT ON movement_analysis TO slate_readers;
SELECT core.grant_to_own('USAGE ON SEQUENCE movement_analysis_id_seq', 'people', 'service');

SELECT core.ensure_partitions('movement_analysis', 'month', 3);
