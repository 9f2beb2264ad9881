-- depends: spark_0043_evaluate_badges
-- Why:  what the companion said and whether it helped. Between the student and the companion: staff
--       and guardians do not read it.
-- Lock: none, only new objects. Rollback loses: every interaction.

CREATE TABLE ai_interactions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    student_id uuid NOT NULL,
    interaction_type varchar(50) NOT NULL,
    context jsonb,
    ai_response text NOT NULL,
    student_feedback integer,
    was_helpful boolean,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT ai_interactions_pkey PRIMARY KEY (id),
    CONSTRAINT ai_interactions_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ai_interactions_interaction_type_check
        CHECK (interaction_type IN ('hint', 'encouragement', 'challenge')),
    CONSTRAINT ai_interactions_student_feedback_check CHECK (student_feedback BETWEEN 1 AND 5)
);

COMMENT ON TABLE ai_interactions IS 'One answer of the AI companion to a student.';
COMMENT ON COLUMN ai_interactions.ai_response IS
'The companion''s words; the student''s own to read.';
COMMENT ON COLUMN ai_interactions.was_helpful IS 'What the student says; NULL until he does.';
COMMENT ON COLUMN ai_interactions.interaction_type IS 'hint, encouragement or challenge.';
COMMENT ON COLUMN ai_interactions.context IS 'What the student was doing.';
COMMENT ON COLUMN ai_interactions.student_feedback IS 'Rating 1 to 5; NULL until given.';

CREATE INDEX ai_interactions_student_id_idx ON ai_interactions (student_id, created_at DESC);

ALTER TABLE ai_interactions ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_interactions ON ai_interactions
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY students_change_own_interactions ON ai_interactions
FOR UPDATE TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON ai_interactions
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON ai_interactions
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON ai_interactions TO authenticated_users;
GRANT UPDATE (student_feedback, was_helpful) ON ai_interactions TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON ai_interactions TO slate_services;
GRANT SELECT (id, student_id, interaction_type, student_feedback, was_helpful, created_at)
ON ai_interactions TO slate_readers;
