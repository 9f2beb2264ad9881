-- depends: spark_0008_create_learning_analytics
-- Why:  names for people, and the state of the game for students. Level follows XP on every write,
--       whoever writes: a level that was set by hand is wrong after the next lesson.
-- Lock: none, only new objects. Rollback loses: every profile.

CREATE FUNCTION calculate_level(xp_points integer) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Negative XP is for the CHECK on profiles to refuse: here it must not raise "square root of a
    -- negative number".
    RETURN CASE
        WHEN xp_points < 0 THEN 1
        ELSE floor(sqrt(xp_points::double precision / 100))::integer + 1
    END;
END;
$$;

COMMENT ON FUNCTION calculate_level(integer) IS
'floor(sqrt(XP / 100)) + 1: 0 gives 1, 100 gives 2, 400 gives 3. Negative gives 1, NULL gives '
'NULL.';

CREATE TABLE profiles (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    first_name varchar(100) NOT NULL,
    last_name varchar(100) NOT NULL,
    display_name varchar(150) NOT NULL,
    avatar_url varchar(500),
    grade smallint,
    xp_points integer NOT NULL DEFAULT 0,
    level integer NOT NULL DEFAULT 1,
    crystals integer NOT NULL DEFAULT 0,
    sparks integer NOT NULL DEFAULT 0,
    streak integer NOT NULL DEFAULT 0,
    total_time_spent integer NOT NULL DEFAULT 0,
    last_active timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT profiles_pkey PRIMARY KEY (id),
    CONSTRAINT profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT profiles_dates_are_finite_check CHECK (isfinite(last_active)),
    CONSTRAINT profiles_grade_check CHECK (grade BETWEEN 6 AND 12),
    CONSTRAINT profiles_xp_points_check CHECK (xp_points BETWEEN 0 AND 2000000000),
    CONSTRAINT profiles_level_check CHECK (level >= 1),
    CONSTRAINT profiles_crystals_check CHECK (crystals BETWEEN 0 AND 2000000000),
    CONSTRAINT profiles_sparks_check CHECK (sparks BETWEEN 0 AND 2000000000),
    CONSTRAINT profiles_streak_check CHECK (streak BETWEEN 0 AND 1000000),
    CONSTRAINT profiles_total_time_spent_check CHECK (total_time_spent >= 0)
) WITH (fillfactor = 80);

-- fillfactor: every lesson updates streak and time in place, without touching an index.
COMMENT ON TABLE profiles IS
'A person''s names and the state of the game. People change only display_name and avatar_url.';
COMMENT ON COLUMN profiles.avatar_url IS 'Address of a picture.';
COMMENT ON COLUMN profiles.display_name IS 'Shown to others, on leaderboards too.';
COMMENT ON COLUMN profiles.grade IS 'School grade 6 to 12; NULL for who is no student.';
COMMENT ON COLUMN profiles.level IS
'Always calculate_level(xp_points), 1 and up; what a writer gives is ignored.';
COMMENT ON COLUMN profiles.xp_points IS 'Experience, 0 to 2000000000.';
COMMENT ON COLUMN profiles.crystals IS 'Currency of the game, 0 to 2000000000.';
COMMENT ON COLUMN profiles.sparks IS 'Currency of the game, 0 to 2000000000.';
COMMENT ON COLUMN profiles.streak IS
'Consecutive days with learning, in the school''s zone, up to 1,000,000; 0 before the first.';
COMMENT ON COLUMN profiles.total_time_spent IS
'Seconds spent on lessons; counted from student_progress, up to 2147483647.';
COMMENT ON COLUMN profiles.last_active IS
'The last learning activity; the creation time before the first.';

CREATE UNIQUE INDEX idx_profiles_user_id ON profiles (user_id);
CREATE INDEX idx_profiles_level ON profiles (level DESC);
CREATE INDEX idx_profiles_xp ON profiles (xp_points DESC);
CREATE INDEX idx_profiles_grade ON profiles (grade);

CREATE FUNCTION update_level_on_xp_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.level := calculate_level(NEW.xp_points);
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION update_level_on_xp_change() IS
'BEFORE row trigger: level follows xp_points. updated_at is update_profiles_updated_at''s.';

-- Not OF xp_points: another BEFORE trigger may change XP, a writer may set level itself.
CREATE TRIGGER trigger_update_level
BEFORE UPDATE ON profiles
FOR EACH ROW WHEN ((OLD.xp_points, OLD.level) IS DISTINCT FROM (NEW.xp_points, NEW.level))
EXECUTE FUNCTION update_level_on_xp_change();
CREATE TRIGGER profiles_begin_at_level
BEFORE INSERT ON profiles
FOR EACH ROW EXECUTE FUNCTION update_level_on_xp_change();
CREATE TRIGGER update_profiles_updated_at
BEFORE UPDATE ON profiles
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- Each lesson touches streak and last_active: only the columns that mean money or identity leave a
-- trail.
CREATE TRIGGER audit_profiles
AFTER INSERT OR DELETE ON profiles
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('profiles');
CREATE TRIGGER audit_profiles_changes
AFTER UPDATE ON profiles
FOR EACH ROW WHEN (
    (
        OLD.user_id, OLD.first_name, OLD.last_name, OLD.display_name, OLD.avatar_url, OLD.grade,
        OLD.xp_points, OLD.crystals, OLD.sparks
    ) IS DISTINCT FROM (
        NEW.user_id, NEW.first_name, NEW.last_name, NEW.display_name, NEW.avatar_url, NEW.grade,
        NEW.xp_points, NEW.crystals, NEW.sparks
    )
) EXECUTE FUNCTION audit_trigger_function('profiles');

ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_profile ON profiles
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY people_change_own_profile ON profiles
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY carers_read_profiles ON profiles
FOR SELECT TO authenticated_users
USING (user_id = ANY ((SELECT my_charge_ids())::uuid[]));

CREATE POLICY service_manages_all ON profiles
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON profiles
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON profiles TO authenticated_users;
-- No XP, level, streak, crystals, sparks: the game pays, nobody writes his own account.
GRANT UPDATE (display_name, avatar_url, updated_at) ON profiles TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON profiles TO slate_services;
GRANT SELECT ON profiles TO slate_readers;
GRANT EXECUTE ON FUNCTION calculate_level(integer)
TO authenticated_users, slate_services, slate_readers;
