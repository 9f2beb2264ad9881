-- depends: spark_0020_keep_progress_unique
-- Why:  a streak counts the school's days, not the server's: 20:00 UTC is tomorrow in Kolkata. Only
--       learning counts, not a correction by staff nor an update that changes nothing. Time is
--       counted with it: an upload writes each student's profile once, however many lessons it
--       brings.
-- Lock: brief on student_progress (new triggers). Rollback loses: nothing; streaks and times stand
--       still.

-- Without settings of its own, so that it is written into the plan of the UPDATE that asks.
CREATE FUNCTION next_streak(
    p_streak integer, p_last_active timestamptz, p_now timestamptz, p_zone text
)
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN coalesce(p_streak, 0) = 0 THEN 1
    ELSE CASE
        sign((p_now AT TIME ZONE p_zone)::date - (p_last_active AT TIME ZONE p_zone)::date - 1)
        WHEN -1 THEN p_streak
        WHEN 0 THEN p_streak + 1
        ELSE 1
    END
END;

COMMENT ON FUNCTION next_streak(integer, timestamptz, timestamptz, text) IS
'The streak after an activity at p_now: 1 on a first day or after a gap, one more on the next day '
'of the zone, unchanged on the same day and when the last activity lies in the future.';

CREATE FUNCTION count_learning(
    p_student_id uuid, p_is_learning boolean, p_times timestamptz[], p_seconds integer[]
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_seconds bigint := p_seconds[1];
    v_zone text;
BEGIN
    SELECT coalesce(s.timezone, 'UTC') INTO v_zone
    FROM users AS u
    LEFT JOIN schools AS s ON s.id = u.school_id
    WHERE u.id = p_student_id;
    IF p_is_learning THEN
        UPDATE profiles AS p
        SET total_time_spent = least(greatest(p.total_time_spent + v_seconds, 0), 2147483647),
            streak = next_streak(p.streak, p.last_active, now(), v_zone),
            last_active = greatest(p.last_active, now())
        -- An upload of fifty lessons is one activity: one transaction has one now().
        WHERE p.user_id = p_student_id
            AND (v_seconds <> 0 OR p.last_active < now() OR p.streak = 0);
    ELSIF v_seconds <> 0 THEN
        UPDATE profiles AS p
        SET total_time_spent = least(greatest(p.total_time_spent + v_seconds, 0), 2147483647)
        WHERE p.user_id = p_student_id;
    END IF;

    IF v_seconds < 0 THEN
        UPDATE learning_analytics AS a
        SET total_time_spent = greatest(a.total_time_spent + v_seconds, 0)
        WHERE a.student_id = p_student_id
            AND a.date = (least(p_times[1], now()) AT TIME ZONE v_zone)::date;
    ELSIF v_seconds > 0 THEN
        -- The day has its row after the first lesson: an UPDATE costs less than a conflict.
        UPDATE learning_analytics AS a
        SET total_time_spent = least(a.total_time_spent + v_seconds, 2147483647)
        WHERE a.student_id = p_student_id
            AND a.date = (least(p_times[1], now()) AT TIME ZONE v_zone)::date;
        IF FOUND THEN
            RETURN;
        END IF;
        INSERT INTO learning_analytics AS a (student_id, date, total_time_spent)
        VALUES (p_student_id, (least(p_times[1], now()) AT TIME ZONE v_zone)::date, v_seconds)
        ON CONFLICT (student_id, date) DO UPDATE
        SET total_time_spent = least(a.total_time_spent + v_seconds, 2147483647);
    END IF;
END;
$$;

COMMENT ON FUNCTION count_learning(uuid, boolean, timestamptz[], integer[]) IS
'Counts the streak, if it was learning, and adds one lesson''s seconds, negative as a correction, '
'to the profile and to the school''s day of its time, not later than today. Called by the triggers '
'of student_progress.';

-- Definer: students have no right to write streaks.
CREATE FUNCTION update_learning_streak() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    -- Nobody is asked for where nobody is named: the back end writes the most.
    v_caller CONSTANT uuid := CASE
        WHEN current_setting('app.user_id', true) <> '' THEN current_user_id()
    END;
    v_corrects CONSTANT boolean := coalesce(current_setting('slate.correction', true), '') = 'on';
    v_moved uuid[];
    v_row record;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.time_spent = OLD.time_spent AND NOT EXISTS (
            SELECT 1
            FROM profiles AS p
            WHERE p.user_id = NEW.student_id AND (p.last_active < now() OR p.streak = 0)
        ) THEN
            RETURN NEW;
        END IF;
        PERFORM count_learning(
            NEW.student_id,
            coalesce(v_caller = NEW.student_id, true) AND NEW.status <> 'LOCKED' AND NOT v_corrects,
            ARRAY[NEW.last_accessed], ARRAY[NEW.time_spent - OLD.time_spent]
        );
        RETURN NEW;
    END IF;

    v_moved := coalesce(nullif(current_setting('slate.moved_progress', true), ''), '{}');
    -- One lesson after another: no groups are made for one row.
    IF v_moved = '{}' THEN
        SELECT n.*, n.status <> 'LOCKED' AS open, count(*) OVER () AS lessons INTO v_row
        FROM new_rows AS n LIMIT 1;
        IF v_row.lessons = 1 THEN
            PERFORM count_learning(
                v_row.student_id,
                coalesce(v_caller = v_row.student_id, true) AND v_row.open AND NOT v_corrects,
                ARRAY[v_row.last_accessed], ARRAY[v_row.time_spent]
            );
            RETURN NULL;
        END IF;
    END IF;
    -- All students at once, locked in order: two uploads of the same class wait for each other and
    -- never for ever.
    PERFORM
    FROM profiles AS p
    WHERE p.user_id IN (SELECT n.student_id FROM new_rows AS n WHERE n.id <> ALL (v_moved))
    ORDER BY p.user_id
    FOR NO KEY UPDATE;

    UPDATE profiles AS p
    SET total_time_spent = least(p.total_time_spent + n.seconds, 2147483647),
        streak = CASE
            WHEN n.learns
                THEN next_streak(p.streak, p.last_active, now(), coalesce(s.timezone, 'UTC'))
            ELSE p.streak
        END,
        last_active = CASE WHEN n.learns THEN greatest(p.last_active, now()) ELSE p.last_active END
    FROM (
        SELECT
            r.student_id, sum(r.time_spent) AS seconds,
            coalesce(v_caller = r.student_id, true) AND bool_or(r.status <> 'LOCKED')
            AND NOT v_corrects AS learns
        FROM new_rows AS r
        WHERE r.id <> ALL (v_moved)
        GROUP BY r.student_id
    ) AS n
    INNER JOIN users AS u ON u.id = n.student_id
    LEFT JOIN schools AS s ON s.id = u.school_id
    WHERE p.user_id = n.student_id
        AND (n.seconds <> 0 OR n.learns AND (p.last_active < now() OR p.streak = 0));

    INSERT INTO learning_analytics AS a (student_id, date, total_time_spent)
    SELECT
        n.student_id,
        (least(n.last_accessed, now()) AT TIME ZONE coalesce(s.timezone, 'UTC'))::date AS date,
        least(sum(n.time_spent), 2147483647)
    FROM new_rows AS n
    INNER JOIN users AS u ON u.id = n.student_id
    LEFT JOIN schools AS s ON s.id = u.school_id
    WHERE n.time_spent > 0 AND n.id <> ALL (v_moved)
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (student_id, date) DO UPDATE
    SET total_time_spent = least(
        a.total_time_spent::bigint + EXCLUDED.total_time_spent, 2147483647
    );
    IF v_moved <> '{}' THEN
        PERFORM set_config('slate.moved_progress', '', true);
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION update_learning_streak() IS
'AFTER INSERT statement trigger and BEFORE UPDATE row trigger of student_progress: counts the time '
'and, when the actor is the student or the back end, the streak in the school''s zone and '
'last_active. A LOCKED row is no learning, nor is what is written under SET LOCAL '
'slate.correction = ''on'': corrections by the back end.';

CREATE TRIGGER trigger_update_streak
AFTER INSERT ON student_progress
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION update_learning_streak();
-- By row, and BEFORE: MERGE shows a row that it moves to another year to no UPDATE trigger that
-- comes after.
CREATE TRIGGER trigger_update_streak_on_update
BEFORE UPDATE ON student_progress
FOR EACH ROW WHEN (
    (OLD.status, OLD.progress, OLD.time_spent, OLD.attempts)
    IS DISTINCT FROM (NEW.status, NEW.progress, NEW.time_spent, NEW.attempts)
) EXECUTE FUNCTION update_learning_streak();

GRANT EXECUTE ON FUNCTION next_streak(integer, timestamptz, timestamptz, text)
TO authenticated_users, slate_services, slate_readers;
