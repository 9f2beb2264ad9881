-- depends: spark_0023_limit_submissions
-- Why:  what can be earned, and for what: criteria are data, so a new badge needs no release.
-- Lock: none, only new objects. Rollback loses: every badge.

CREATE TYPE badge_category AS ENUM ('PROGRESS', 'MASTERY', 'SOCIAL', 'SPECIAL', 'STREAK');
COMMENT ON TYPE badge_category IS 'What kind of effort a badge honours.';

CREATE TYPE badge_rarity AS ENUM ('COMMON', 'RARE', 'EPIC', 'LEGENDARY');
COMMENT ON TYPE badge_rarity IS 'How rare a badge is, most common first.';

CREATE TABLE badges (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL,
    description text NOT NULL,
    icon_url varchar(500),
    category badge_category NOT NULL,
    rarity badge_rarity NOT NULL DEFAULT 'COMMON',
    criteria jsonb NOT NULL,
    xp_reward integer NOT NULL DEFAULT 0,
    crystal_reward integer NOT NULL DEFAULT 0,
    spark_reward integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT badges_pkey PRIMARY KEY (id),
    CONSTRAINT badges_name_key UNIQUE (name),
    CONSTRAINT badges_criteria_check CHECK (jsonb_typeof(criteria) = 'object'),
    CONSTRAINT badges_xp_reward_check CHECK (xp_reward BETWEEN 0 AND 100000000),
    CONSTRAINT badges_crystal_reward_check CHECK (crystal_reward BETWEEN 0 AND 100000000),
    CONSTRAINT badges_spark_reward_check CHECK (spark_reward BETWEEN 0 AND 100000000)
);

COMMENT ON TABLE badges IS 'Badges, the same for all schools.';
COMMENT ON COLUMN badges.icon_url IS 'Address of a picture.';
COMMENT ON COLUMN badges.is_active IS 'Only active badges are awarded by award_badges().';
COMMENT ON COLUMN badges.criteria IS
'Metrics with the least value each, all of which must hold: {"lessons_completed": 10, "streak": '
'3}. The grammar is in the comment of evaluate_badge_criteria(). {} is never met: such a badge is '
'given by hand.';
COMMENT ON COLUMN badges.xp_reward IS 'XP paid once, when earned: 0 to 100000000.';
COMMENT ON COLUMN badges.crystal_reward IS 'Crystals paid once, when earned: 0 to 100000000.';
COMMENT ON COLUMN badges.spark_reward IS 'Sparks paid once, when earned: 0 to 100000000.';

CREATE INDEX idx_badges_category ON badges (category);
CREATE INDEX idx_badges_rarity ON badges (rarity);
CREATE INDEX idx_badges_active ON badges (is_active) WHERE is_active = true;

SELECT core.grant_to_own('SELECT, INSERT, UPDATE, DELETE ON badges', 'service');
SELECT core.grant_to_own('SELECT ON badges', 'reader');
SELECT core.grant_to_own('SELECT ON badges', 'people');
