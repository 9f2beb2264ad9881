-- depends: spark_0025_create_earned_badges
-- Why:  milestones that are not badges: made up as they happen, with a reward of their own, paid
--       once on insert.
-- Lock: brief on profiles (new trigger). Rollback loses: every achievement; paid rewards stay.

CREATE TYPE achievement_type AS ENUM (
    'QUEST_COMPLETION', 'SKILL_MASTERY', 'STREAK_MILESTONE', 'SOCIAL_CONTRIBUTION', 'SPECIAL_EVENT',
    'LEVEL_UP'
);
COMMENT ON TYPE achievement_type IS 'What an achievement is for.';

CREATE TABLE achievements (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    student_id uuid NOT NULL,
    type achievement_type NOT NULL,
    title varchar(200) NOT NULL,
    description text,
    icon_url varchar(500),
    xp_awarded integer NOT NULL DEFAULT 0,
    crystals_awarded integer NOT NULL DEFAULT 0,
    sparks_awarded integer NOT NULL DEFAULT 0,
    metadata jsonb,
    earned_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT achievements_pkey PRIMARY KEY (id),
    CONSTRAINT achievements_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT achievements_dates_are_finite_check CHECK (isfinite(earned_at)),
    CONSTRAINT achievements_xp_awarded_check CHECK (xp_awarded BETWEEN 0 AND 100000000),
    CONSTRAINT achievements_crystals_awarded_check
        CHECK (crystals_awarded BETWEEN 0 AND 100000000),
    CONSTRAINT achievements_sparks_awarded_check CHECK (sparks_awarded BETWEEN 0 AND 100000000)
);

COMMENT ON TABLE achievements IS
'A student''s milestone. The insert pays what it says; LEVEL_UP rows are written by the level.';
COMMENT ON COLUMN achievements.type IS
'What it is for; LEVEL_UP and QUEST_COMPLETION are written by triggers.';
COMMENT ON COLUMN achievements.metadata IS
'What it was earned with: level, guild_id, quest_id and the like.';
COMMENT ON COLUMN achievements.earned_at IS 'When, a moment; finite.';
COMMENT ON COLUMN achievements.xp_awarded IS 'XP paid on insert, 0 to 100000000.';
COMMENT ON COLUMN achievements.crystals_awarded IS 'Crystals paid on insert, 0 to 100000000.';
COMMENT ON COLUMN achievements.sparks_awarded IS 'Sparks paid on insert, 0 to 100000000.';

CREATE INDEX idx_achievements_student ON achievements (student_id);
CREATE INDEX idx_achievements_type ON achievements (type);
CREATE INDEX idx_achievements_earned_at ON achievements (earned_at DESC);

-- Definer: the giver needs no right to write profiles.
CREATE FUNCTION pay_achievement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pay_reward(NEW.student_id, NEW.xp_awarded, NEW.crystals_awarded, NEW.sparks_awarded);
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION pay_achievement() IS
'AFTER INSERT row trigger: pays the rewards of an achievement.';

CREATE TRIGGER achievements_pay_reward
AFTER INSERT ON achievements
FOR EACH ROW EXECUTE FUNCTION pay_achievement();

-- Definer: the payer needs no right to write achievements.
CREATE FUNCTION record_level_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    INSERT INTO achievements (student_id, type, title, metadata)
    VALUES (
        NEW.user_id, 'LEVEL_UP', format('Reached level %s', NEW.level),
        jsonb_build_object('level', NEW.level, 'from_level', OLD.level)
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION record_level_up() IS
'AFTER UPDATE row trigger of profiles: a LEVEL_UP achievement, without reward.';

CREATE TRIGGER profiles_record_level_up
AFTER UPDATE ON profiles
FOR EACH ROW WHEN (NEW.level > OLD.level) EXECUTE FUNCTION record_level_up();

ALTER TABLE achievements ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_achievements ON achievements
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY carers_read_achievements ON achievements
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_charge_ids())::uuid[]));

CREATE POLICY service_manages_all ON achievements
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON achievements
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON achievements TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON achievements TO slate_services;
GRANT SELECT ON achievements TO slate_readers;
