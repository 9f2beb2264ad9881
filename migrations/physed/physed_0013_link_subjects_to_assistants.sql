-- depends: physed_0012_create_subject_categories
-- Why:  an assistant serves several subjects and a subject has several assistants.
-- Lock: none, only new objects. Rollback loses: the links.

CREATE TABLE subject_assistant (
    subject_category_id integer NOT NULL,
    assistant_profile_id integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT subject_assistant_pkey PRIMARY KEY (subject_category_id, assistant_profile_id),
    CONSTRAINT subject_assistant_subject_category_id_fkey FOREIGN KEY (subject_category_id)
        REFERENCES subject_categories (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT subject_assistant_assistant_profile_id_fkey FOREIGN KEY (assistant_profile_id)
        REFERENCES assistant_profiles (id) ON UPDATE CASCADE ON DELETE CASCADE
);

COMMENT ON TABLE subject_assistant IS 'Which assistants serve which subject area.';

CREATE INDEX subject_assistant_assistant_profile_id_idx ON subject_assistant (assistant_profile_id);

CREATE TRIGGER update_subject_assistant_updated_at
BEFORE UPDATE ON subject_assistant
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

SELECT core.grant_to_own('SELECT ON subject_assistant', 'people', 'reader');
SELECT core.grant_to_own('SELECT, INSERT, UPDATE, DELETE ON subject_assistant', 'service');
