-- depends: vividly_0011_create_topics
-- Why:  a path typed by hand is wrong the first time a branch moves: path and depth follow the
--       parent.
-- Lock: none to speak of. Rollback loses: nothing.

-- SECURITY DEFINER: who may write a topic may name its subject.
CREATE FUNCTION add_topic_subject() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.subject IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM topic_subjects WHERE name = NEW.subject) THEN
        INSERT INTO topic_subjects (name) VALUES (NEW.subject) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION add_topic_subject() IS
'BEFORE row trigger of topics: a new subject joins the list.';

CREATE TRIGGER topics_add_their_subject
BEFORE INSERT OR UPDATE OF subject ON topics
FOR EACH ROW EXECUTE FUNCTION add_topic_subject();

CREATE FUNCTION place_topic() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_parent topics;
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.parent_id, NEW.path) IS DISTINCT FROM (OLD.parent_id, OLD.path)
    THEN
        -- What others moved or added meanwhile is invisible to a snapshot taken before.
        -- SERIALIZABLE notices.
        IF current_setting('transaction_isolation') = 'repeatable read' THEN
            RAISE EXCEPTION 'topic "%" cannot move at REPEATABLE READ', NEW.id
                USING ERRCODE = 'invalid_transaction_state', TABLE = TG_TABLE_NAME,
                HINT = 'Use READ COMMITTED, which waits, or SERIALIZABLE.';
        END IF;
        -- One move at a time: two at once could each be right and together close a circle.
        PERFORM pg_advisory_xact_lock(hashtext('place_topic'), TG_RELID::integer);
    END IF;
    -- FOR SHARE: a parent that is moving has its path when it is done, one that stays is held.
    SELECT t.* INTO v_parent FROM topics AS t WHERE t.id = NEW.parent_id FOR SHARE;
    IF TG_OP = 'UPDATE' AND NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
        IF EXISTS (
            WITH RECURSIVE above AS (
                SELECT NEW.parent_id AS id
                UNION
                SELECT t.parent_id FROM topics AS t INNER JOIN above AS a ON t.id = a.id
            )
            SELECT 1 FROM above AS a WHERE a.id = NEW.id
        ) THEN
            RAISE EXCEPTION 'topic "%" cannot hang under "%", which is part of it',
                NEW.id, NEW.parent_id
                USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'parent_id',
                CONSTRAINT = 'topics_form_a_tree_check';
        END IF;
        IF NEW.path = OLD.path AND v_parent.path IS NOT NULL THEN
            NEW.path := v_parent.path || '.' || substring(OLD.path FROM '[^.]+$');
        END IF;
    END IF;
    IF NEW.path IS NOT NULL AND v_parent.path IS NOT NULL
        AND NEW.path <> v_parent.path || '.' || substring(NEW.path FROM '[^.]+$')
    THEN
        RAISE EXCEPTION 'path "%" does not extend "%", the path of its parent, by one label',
            NEW.path, v_parent.path
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'path',
            CONSTRAINT = 'topics_path_extends_parent_check',
            HINT = format('Write %s.<label>.', v_parent.path);
    END IF;
    NEW.depth := coalesce(
        length(NEW.path) - length(replace(NEW.path, '.', '')),
        v_parent.depth + 1,
        0
    );
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION place_topic() IS
'BEFORE row trigger of topics: no circles, the path extends the parent''s by one label, depth '
'follows.';

CREATE TRIGGER topics_extend_their_parent
BEFORE INSERT OR UPDATE OF parent_id, path, depth ON topics
FOR EACH ROW EXECUTE FUNCTION place_topic();

CREATE FUNCTION move_topic_children() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Level by level: the children's own change brings the next level along.
    UPDATE topics AS t
    SET path = NEW.path || '.' || substring(t.path FROM '[^.]+$'), depth = NEW.depth + 1
    WHERE t.parent_id = NEW.id;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION move_topic_children() IS
'AFTER row trigger of topics: the branch follows a path that changed.';

CREATE TRIGGER topics_take_their_branch_along
AFTER UPDATE OF parent_id, path ON topics
FOR EACH ROW WHEN (old.path IS DISTINCT FROM new.path OR old.depth <> new.depth)
EXECUTE FUNCTION move_topic_children();

CREATE FUNCTION adopt_topic_children() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM topics AS t WHERE t.parent_id = NEW.id) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT NEW.parent_id AS id
            UNION
            SELECT t.parent_id FROM topics AS t INNER JOIN above AS a ON t.id = a.id
        )
        SELECT 1 FROM above AS a WHERE a.id = NEW.id
    ) THEN
        RAISE EXCEPTION 'topic "%" cannot hang under "%", which is part of it',
            NEW.id, NEW.parent_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'parent_id',
            CONSTRAINT = 'topics_form_a_tree_check';
    END IF;
    -- Places them again, now that their parent is there.
    UPDATE topics AS t SET depth = t.depth WHERE t.parent_id = NEW.id;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION adopt_topic_children() IS
'AFTER row trigger of topics: children that came before their parent in one statement are held to '
'its path too.';

CREATE TRIGGER topics_adopt_their_children
AFTER INSERT ON topics
FOR EACH ROW EXECUTE FUNCTION adopt_topic_children();

CREATE FUNCTION topics_under(p_path text) RETURNS SETOF topics
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    -- '/' is the character after '.'. LIKE would do, were the underscore of the labels not its
    -- wildcard.
    RETURN QUERY
    SELECT t.*
    FROM topics AS t
    WHERE t.path = p_path OR (t.path ~>=~ (p_path || '.') AND t.path ~<~ (p_path || '/'))
    ORDER BY t.path USING ~<~;
END;
$$;

COMMENT ON FUNCTION topics_under(text) IS
'The topic at the path and its whole branch, parents first. Reads only.';

GRANT EXECUTE ON FUNCTION topics_under(text)
TO authenticated_users, slate_services, slate_readers;
