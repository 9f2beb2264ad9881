-- depends: vividly_0012_keep_topic_paths
-- Why:  an answer is told through something the student likes. The list is Vividly's own, the
--       choice the student's.
-- Lock: none, only new objects. Rollback loses: every interest.

CREATE TABLE interest_categories (
    name varchar(50) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,

    CONSTRAINT interest_categories_pkey PRIMARY KEY (name)
);

COMMENT ON TABLE interest_categories IS
'The categories in use (sports, arts, technology, …). Open: an interest with a new category adds '
'it.';

CREATE TABLE interests (
    id varchar(50) NOT NULL,
    name varchar(100) NOT NULL,
    description text,
    category varchar(50),
    icon_url varchar(500),
    is_active boolean NOT NULL DEFAULT true,
    display_order integer NOT NULL DEFAULT 0,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,

    CONSTRAINT interests_pkey PRIMARY KEY (id),
    CONSTRAINT interests_name_key UNIQUE (name),
    CONSTRAINT interests_category_fkey FOREIGN KEY (category)
        REFERENCES interest_categories (name) ON UPDATE CASCADE,
    CONSTRAINT interests_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT interests_times_check CHECK (
        isfinite(created_at) AND isfinite(updated_at)
    )
);

COMMENT ON TABLE interests IS
'What a video can be about besides its topic: basketball, music production, …';
COMMENT ON COLUMN interests.id IS 'A speaking key such as int_basketball.';
COMMENT ON COLUMN interests.display_order IS
'In the list a student chooses from, ascending from 0.';

-- Without "is_active = true", so that the foreign key uses it too.
CREATE INDEX idx_interests_category ON interests (category);

CREATE TRIGGER update_interests_updated_at
BEFORE UPDATE ON interests
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- SECURITY DEFINER: who may write an interest may name its category.
CREATE FUNCTION add_interest_category() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.category IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM interest_categories WHERE name = NEW.category)
    THEN
        INSERT INTO interest_categories (name) VALUES (NEW.category) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION add_interest_category() IS
'BEFORE row trigger of interests: a new category joins the list.';

CREATE TRIGGER interests_add_their_category
BEFORE INSERT OR UPDATE OF category ON interests
FOR EACH ROW EXECUTE FUNCTION add_interest_category();

SELECT core.grant_to_own('SELECT ON interest_categories, interests', 'people', 'reader');
SELECT core.grant_to_own(
    'SELECT, INSERT, UPDATE, DELETE ON interest_categories, interests', 'service'
);
