-- depends: spark_0009_create_profiles
-- Why:  XP is paid by badges, achievements and the service at once: additions, never "read, add,
--       write". What is paid is counted for the day of the school, and a level reached is told to
--       the student once.
-- Lock: brief on profiles (new triggers). Rollback loses: nothing; XP is no longer counted per day.

CREATE FUNCTION pay_reward(
    p_user_id uuid, p_xp integer, p_crystals integer, p_sparks integer
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF greatest(abs(p_xp::bigint), abs(p_crystals::bigint), abs(p_sparks::bigint)) > 100000000 THEN
        RAISE EXCEPTION 'a reward is at most 100000000: % XP, % crystals, % sparks', p_xp,
            p_crystals, p_sparks
            USING ERRCODE = 'invalid_parameter_value', TABLE = 'profiles';
    END IF;
    UPDATE profiles
    SET xp_points = greatest(xp_points + p_xp, 0),
        crystals = greatest(crystals + p_crystals, 0),
        sparks = greatest(sparks + p_sparks, 0)
    WHERE user_id = p_user_id AND (p_xp, p_crystals, p_sparks) <> (0, 0, 0);
END;
$$;

COMMENT ON FUNCTION pay_reward(uuid, integer, integer, integer) IS
'Adds XP, crystals and sparks to a profile, each up to 100000000 (22023 above, 23514 where a '
'profile would pass 2000000000); negative amounts take back down to 0. Without a '
'profile nothing happens. Safe for concurrent payers. For the service and for reward triggers.';

-- Definer: the payer needs no right to write analytics.
CREATE FUNCTION count_xp_of_the_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    INSERT INTO learning_analytics AS a (student_id, date, xp_gained)
    VALUES (NEW.user_id, school_day(NEW.user_id), NEW.xp_points - OLD.xp_points)
    ON CONFLICT (student_id, date) DO UPDATE
    SET xp_gained = greatest(
        least(a.xp_gained::bigint + EXCLUDED.xp_gained, 2147483647), -2147483648
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_xp_of_the_day() IS
'AFTER UPDATE row trigger of profiles: adds the difference of XP to the day.';

CREATE TRIGGER profiles_count_xp_of_the_day
AFTER UPDATE ON profiles
FOR EACH ROW WHEN (OLD.xp_points IS DISTINCT FROM NEW.xp_points)
EXECUTE FUNCTION count_xp_of_the_day();

-- Definer: the payer needs no right to write notifications.
CREATE FUNCTION announce_level_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    INSERT INTO user_notifications (user_id, title, message, type, data)
    VALUES (
        NEW.user_id, format('Level %s reached', NEW.level),
        format('You have collected %s XP and are now at level %s.', NEW.xp_points, NEW.level),
        'LEVEL_UP', jsonb_build_object('level', NEW.level, 'xp_points', NEW.xp_points)
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION announce_level_up() IS
'AFTER UPDATE row trigger of profiles: a LEVEL_UP notification for a higher level.';

CREATE TRIGGER profiles_announce_level_up
AFTER UPDATE ON profiles
FOR EACH ROW WHEN (NEW.level > OLD.level) EXECUTE FUNCTION announce_level_up();

GRANT EXECUTE ON FUNCTION pay_reward(uuid, integer, integer, integer) TO slate_services;
