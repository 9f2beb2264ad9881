-- depends: spark_0047_refresh_analytics
-- Why:  boards are read often and built once an hour. GLOBAL has no scope_id, and there is one of
--       each: NULLs are not distinct here.
-- Lock: none, only new objects. Rollback loses: the cache; rebuild_leaderboards() makes it again.

CREATE TYPE leaderboard_scope AS ENUM ('CLASS', 'SCHOOL', 'GLOBAL', 'GUILD');
COMMENT ON TYPE leaderboard_scope IS 'Whom a board compares.';

CREATE TYPE leaderboard_timeframe AS ENUM ('DAILY', 'WEEKLY', 'MONTHLY', 'ALL_TIME');
COMMENT ON TYPE leaderboard_timeframe IS
'Calendar day, week from Monday, or month of the school; or all XP.';

CREATE TABLE leaderboards (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    scope leaderboard_scope NOT NULL,
    scope_id uuid,
    timeframe leaderboard_timeframe NOT NULL,
    rankings jsonb NOT NULL,
    last_updated timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT leaderboards_pkey PRIMARY KEY (id),
    CONSTRAINT leaderboards_scope_id_check CHECK ((scope = 'GLOBAL') = (scope_id IS NULL)),
    CONSTRAINT leaderboards_rankings_check CHECK (jsonb_typeof(rankings) IN ('array', 'object'))
);

COMMENT ON TABLE leaderboards IS
'Cached boards; rebuild_leaderboards() writes them and drops those of what is gone.';
COMMENT ON COLUMN leaderboards.scope IS 'Whom the board compares.';
COMMENT ON COLUMN leaderboards.last_updated IS 'When rebuild_leaderboards() wrote it.';
COMMENT ON COLUMN leaderboards.scope_id IS
'Class, school or guild id as scope says; NULL for GLOBAL.';
COMMENT ON COLUMN leaderboards.rankings IS
'The first hundred, best first: '
'[{"rank": 1, "user_id": …, "display_name": …, "level": …, "xp": …}]. Ties share a rank. GLOBAL '
'ones name nobody: global_board() shows the names of the caller''s own school.';

CREATE UNIQUE INDEX idx_leaderboards_scope
ON leaderboards (scope, scope_id, timeframe) NULLS NOT DISTINCT;
CREATE INDEX idx_leaderboards_updated ON leaderboards (last_updated DESC);

-- An index that leads with an enum is not used under row security: this one is.
CREATE INDEX leaderboards_scope_id_idx ON leaderboards (scope_id);

CREATE FUNCTION hide_global_names() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.rankings := coalesce(
        (
            SELECT jsonb_agg(e.entry - '{user_id,display_name}'::text[] ORDER BY e.place)
            FROM jsonb_array_elements(NEW.rankings) WITH ORDINALITY AS e (entry, place)
        ), '[]');
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION hide_global_names() IS
'BEFORE row trigger of GLOBAL boards: all schools read them, so they name nobody.';

CREATE TRIGGER leaderboards_hide_global_names
BEFORE INSERT OR UPDATE ON leaderboards
FOR EACH ROW WHEN (NEW.scope = 'GLOBAL' AND jsonb_typeof(NEW.rankings) = 'array')
EXECUTE FUNCTION hide_global_names();

-- Definer: the answer decides what the caller may see.
CREATE FUNCTION my_board_scope_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me CONSTANT uuid := current_user_id();
BEGIN
    RETURN ARRAY(
        SELECT e.class_id
        FROM enrollments AS e
        INNER JOIN classes AS c ON c.id = e.class_id AND c.is_active
        WHERE e.student_id = v_me AND e.status = 'ACTIVE'
        UNION ALL
        SELECT m.guild_id FROM guild_memberships AS m WHERE m.student_id = v_me
    ) || my_class_ids();
END;
$$;

COMMENT ON FUNCTION my_board_scope_ids() IS
'Classes attended or taught, and guilds of the caller. Reads only.';
GRANT EXECUTE ON FUNCTION my_board_scope_ids() TO authenticated_users, slate_services;

-- Definer: two boards are read, and only names of the caller's own school are shown.
CREATE FUNCTION global_board(p_timeframe leaderboard_timeframe) RETURNS TABLE (
    rank integer, user_id uuid, display_name text, level integer, xp bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    WITH entries AS (
        SELECT b.scope, e.place, e.r, e.l, e.x, e.u, e.n,
            row_number() OVER (PARTITION BY b.scope, e.x, e.l ORDER BY e.place) AS line
        FROM leaderboards AS b
        CROSS JOIN LATERAL ROWS FROM (
            jsonb_to_recordset(b.rankings)
            AS (rank integer, level integer, xp bigint, user_id uuid, display_name text)
        ) WITH ORDINALITY AS e (r, l, x, u, n, place)
        WHERE b.timeframe = p_timeframe
            AND my_role() IS NOT NULL
            AND ((b.scope = 'GLOBAL' AND b.scope_id IS NULL)
                OR (b.scope = 'SCHOOL' AND b.scope_id = my_own_school_id()))
    )
    SELECT g.r, s.u, s.n, g.l, g.x
    FROM entries AS g
    LEFT JOIN entries AS s
        ON s.scope = 'SCHOOL' AND s.x = g.x AND s.l = g.l AND s.line = g.line
    WHERE g.scope = 'GLOBAL'
    ORDER BY g.place;
END;
$$;

COMMENT ON FUNCTION global_board(leaderboard_timeframe) IS
'The board over all schools: rank, level and XP of everybody on it, user_id and display_name of '
'who is of the caller''s own school and NULL for others. Of equals the own ones come first. Reads '
'only.';
GRANT EXECUTE ON FUNCTION global_board(leaderboard_timeframe)
TO authenticated_users, slate_services;

ALTER TABLE leaderboards ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_boards ON leaderboards
FOR SELECT TO authenticated_users
USING (scope_id = ANY ((SELECT my_board_scope_ids())::uuid[]));

-- Asked before people_…: most look at their school's board, and for that the classes and guilds
-- need not be known.
CREATE POLICY school_members_read_own_board ON leaderboards
FOR SELECT TO authenticated_users
USING (scope_id = (SELECT my_own_school_id()));

CREATE POLICY students_read_global_boards ON leaderboards
FOR SELECT TO authenticated_users
USING (
    scope_id IS NULL
    AND (SELECT my_role()) IS NOT NULL
    -- Where names would stand in an object nobody knows.
    AND jsonb_typeof(rankings) = 'array'
);

CREATE POLICY admins_read_boards ON leaderboards
FOR SELECT TO authenticated_users
USING (scope_id = ANY ((SELECT my_school_class_ids())::uuid[]));

CREATE POLICY service_manages_all ON leaderboards
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON leaderboards
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON leaderboards TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON leaderboards TO slate_services;
GRANT SELECT ON leaderboards TO slate_readers;
