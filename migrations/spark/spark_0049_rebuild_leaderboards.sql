-- depends: spark_0048_create_leaderboards
-- Why:  boards are added up from XP per day and per student, all at once, and those of what is gone
--       are dropped.
-- Lock: none, only new objects. Rollback loses: nothing; boards stay as they were built last.

CREATE FUNCTION rebuild_leaderboards(p_now timestamptz DEFAULT now())
RETURNS TABLE (scope leaderboard_scope, timeframe leaderboard_timeframe, boards bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH students AS (
        SELECT
            p.user_id, p.display_name, p.level, p.xp_points, u.school_id,
            (p_now AT TIME ZONE coalesce(s.timezone, 'UTC'))::date AS today
        FROM profiles AS p
        INNER JOIN users AS u ON u.id = p.user_id AND u.role = 'STUDENT' AND u.is_active
        LEFT JOIN schools AS s ON s.id = u.school_id
    ),
    gains AS (
        SELECT
            st.user_id,
            'ALL_TIME'::leaderboard_timeframe AS timeframe,
            st.xp_points::bigint AS xp
        FROM students AS st
        UNION ALL
        SELECT st.user_id, f.timeframe, sum(a.xp_gained)
        FROM students AS st
        CROSS JOIN LATERAL (
            VALUES
            ('DAILY'::leaderboard_timeframe, st.today),
            ('WEEKLY', date_trunc('week', st.today::timestamp)::date),
            ('MONTHLY', date_trunc('month', st.today::timestamp)::date)
        ) AS f (timeframe, since)
        INNER JOIN learning_analytics AS a
            ON a.student_id = st.user_id AND a.date >= f.since AND a.date <= st.today
        GROUP BY st.user_id, f.timeframe
    ),
    places AS (
        SELECT e.student_id AS user_id, 'CLASS'::leaderboard_scope AS scope, e.class_id AS scope_id
        FROM enrollments AS e WHERE e.status = 'ACTIVE'
        UNION ALL
        SELECT m.student_id, 'GUILD', m.guild_id FROM guild_memberships AS m
        UNION ALL
        SELECT st.user_id, 'SCHOOL', st.school_id FROM students AS st WHERE st.school_id IS NOT NULL
        UNION ALL
        SELECT st.user_id, 'GLOBAL', NULL FROM students AS st
    ),
    ranked AS (
        SELECT
            pl.scope, pl.scope_id, g.timeframe, st.user_id, st.display_name, st.level, g.xp,
            rank() OVER board AS place,
            -- Of equals at the hundredth place the same are on the board each hour.
            row_number() OVER (
                PARTITION BY pl.scope, pl.scope_id, g.timeframe
                ORDER BY g.xp DESC, st.display_name, st.user_id
            ) AS line
        FROM gains AS g
        INNER JOIN students AS st ON st.user_id = g.user_id
        INNER JOIN places AS pl ON pl.user_id = g.user_id
        WHERE g.xp > 0
        WINDOW board AS (PARTITION BY pl.scope, pl.scope_id, g.timeframe ORDER BY g.xp DESC)
    ),
    built AS (
        SELECT
            r.scope, r.scope_id, r.timeframe,
            jsonb_agg(jsonb_build_object(
                'rank', r.place, 'user_id', r.user_id, 'display_name', r.display_name,
                'level', r.level, 'xp', r.xp
            ) ORDER BY r.place, r.display_name, r.user_id) AS rankings
        FROM ranked AS r
        WHERE r.line <= 100
        GROUP BY r.scope, r.scope_id, r.timeframe
    ),
    dropped AS (
        DELETE FROM leaderboards AS b
        WHERE NOT EXISTS (
            SELECT 1 FROM built AS n
            WHERE n.scope = b.scope
                AND n.scope_id IS NOT DISTINCT FROM b.scope_id
                AND n.timeframe = b.timeframe
        )
    ),
    written AS (
        INSERT INTO leaderboards (scope, scope_id, timeframe, rankings, last_updated)
        SELECT n.scope, n.scope_id, n.timeframe, n.rankings, p_now FROM built AS n
        ON CONFLICT (scope, scope_id, timeframe) DO UPDATE
        SET rankings = EXCLUDED.rankings, last_updated = EXCLUDED.last_updated
        RETURNING scope, timeframe
    )
    SELECT w.scope, w.timeframe, count(*)
    FROM written AS w
    GROUP BY w.scope, w.timeframe
    ORDER BY w.scope, w.timeframe;
END;
$$;

COMMENT ON FUNCTION rebuild_leaderboards(timestamptz) IS
'Writes every board anew: active students with XP in the timeframe, days counted in their '
'school''s zone. Boards without entries are dropped. Idempotent. Returns how many boards of each '
'kind.';

GRANT EXECUTE ON FUNCTION rebuild_leaderboards(timestamptz) TO slate_services;
