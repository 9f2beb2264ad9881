-- depends: physed_0018_create_activity_categories
-- Why:  an activity has many categories, one of them the primary one.
-- Lock: none, only new objects. Rollback loses: the links.

CREATE TABLE activity_category_associations (
    activity_id integer NOT NULL,
    category_id integer NOT NULL,
    primary_category boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT activity_category_associations_pkey PRIMARY KEY (activity_id, category_id),
    CONSTRAINT activity_category_associations_activity_id_fkey FOREIGN KEY (activity_id)
        REFERENCES activities (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT activity_category_associations_category_id_fkey FOREIGN KEY (category_id)
        REFERENCES activity_categories (id) ON UPDATE CASCADE ON DELETE CASCADE
);

COMMENT ON TABLE activity_category_associations IS 'Categories of each activity.';
COMMENT ON COLUMN activity_category_associations.primary_category IS
'The main category; one per activity at most. To switch: clear the old one, then set the new one.';

CREATE UNIQUE INDEX activity_category_associations_one_primary_key
ON activity_category_associations (activity_id)
WHERE primary_category;

CREATE INDEX activity_category_associations_category_id_idx
ON activity_category_associations (category_id);

CREATE TRIGGER update_activity_category_associations_updated_at
BEFORE UPDATE ON activity_category_associations
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

SELECT core.grant_to_own('SELECT ON activity_category_associations', 'people', 'reader');
SELECT core.grant_to_own(
    'SELECT, INSERT, UPDATE, DELETE ON activity_category_associations', 'service'
);
