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
COMMENT ON COLUMN leaderboards.scope_id IS
'Class, school or guild id as scope says; NULL for GLOBAL.';
COMMENT ON COLUMN leaderboards.rankings IS
'The first hundred, best first: '
'[{"rank": 1, "user_id": …, "display_name": …, "level": …, "xp": …}]. Ties share a rank.';

CREATE UNIQUE INDEX idx_leaderboards_scope
ON leaderboards (scope, scope_id, timeframe) NULLS NOT DISTINCT;
CREATE INDEX idx_leaderboards_updated ON leaderboards (last_updated DESC);

-- An index that leads with an enum is not used under row security: this one is.
CREATE INDEX leaderboards_scope_id_idx ON leaderboards (scope_id);

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
USING (scope_id IS NULL AND (SELECT my_role()) IS NOT NULL);

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
