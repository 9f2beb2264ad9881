-- depends: spark_0024_create_badges
-- Why:  a badge is earned once, and its reward is paid once, by whatever path the row arrives. What
--       was paid is kept in the row: taking a badge away takes exactly that back, so giving it
--       again is no second income.
-- Lock: none, only new objects. Rollback loses: who earned what; paid rewards stay.

CREATE TABLE earned_badges (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    badge_id uuid NOT NULL,
    earned_at timestamptz NOT NULL DEFAULT now(),
    progress_data jsonb,

    CONSTRAINT earned_badges_pkey PRIMARY KEY (id),
    CONSTRAINT earned_badges_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT earned_badges_badge_id_fkey FOREIGN KEY (badge_id)
        REFERENCES badges (id) ON DELETE CASCADE,
    CONSTRAINT earned_badges_dates_are_finite_check CHECK (isfinite(earned_at)),
    CONSTRAINT earned_badges_progress_data_check CHECK (jsonb_typeof(progress_data) = 'object')
);

COMMENT ON TABLE earned_badges IS 'A badge a person has earned, once each.';
COMMENT ON COLUMN earned_badges.progress_data IS
'How it was earned; "paid" holds the reward: {"xp": 50, "crystals": 5, "sparks": 0}.';

CREATE UNIQUE INDEX idx_earned_badges_user ON earned_badges (user_id, badge_id);
CREATE INDEX idx_earned_badges_badge ON earned_badges (badge_id);
CREATE INDEX idx_earned_badges_earned_at ON earned_badges (earned_at DESC);

CREATE TABLE badge_debts (
    user_id uuid NOT NULL,
    badge_id uuid NOT NULL,
    xp integer NOT NULL,
    crystals integer NOT NULL,
    sparks integer NOT NULL,

    CONSTRAINT badge_debts_pkey PRIMARY KEY (user_id, badge_id),
    CONSTRAINT badge_debts_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT badge_debts_badge_id_fkey FOREIGN KEY (badge_id)
        REFERENCES badges (id) ON DELETE CASCADE,
    CONSTRAINT badge_debts_amounts_check CHECK (least(xp, crystals, sparks) >= 0)
);

COMMENT ON TABLE badge_debts IS
'What of a reward was spent when its badge was taken away: paid already, should the badge be given '
'again. Kept by the triggers of earned_badges.';
COMMENT ON COLUMN badge_debts.xp IS 'XP, 0 or more.';
COMMENT ON COLUMN badge_debts.crystals IS 'Crystals, 0 or more.';
COMMENT ON COLUMN badge_debts.sparks IS 'Sparks, 0 or more.';

CREATE INDEX badge_debts_badge_id_idx ON badge_debts (badge_id);

-- Definer: whoever takes a badge away needs no right to write profiles.
CREATE FUNCTION take_badge_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_paid record;
    v_has record;
BEGIN
    SELECT * INTO v_paid
    FROM jsonb_to_record(OLD.progress_data -> 'paid') AS p (
        xp integer, crystals integer, sparks integer
    );
    -- Not when the badge itself goes (then all who earned it keep what they got), nor the person.
    IF v_paid.xp IS NULL OR NOT EXISTS (SELECT 1 FROM badges AS b WHERE b.id = OLD.badge_id) THEN
        RETURN NULL;
    END IF;
    SELECT p.xp_points, p.crystals, p.sparks INTO v_has
    FROM profiles AS p
    WHERE p.user_id = OLD.user_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM pay_reward(OLD.user_id, -v_paid.xp, -v_paid.crystals, -v_paid.sparks);
    INSERT INTO badge_debts (user_id, badge_id, xp, crystals, sparks)
    SELECT OLD.user_id, OLD.badge_id, d.xp, d.crystals, d.sparks
    FROM (
        SELECT
            greatest(v_paid.xp - v_has.xp_points, 0) AS xp,
            greatest(v_paid.crystals - v_has.crystals, 0) AS crystals,
            greatest(v_paid.sparks - v_has.sparks, 0) AS sparks
    ) AS d
    WHERE greatest(d.xp, d.crystals, d.sparks) > 0;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION take_badge_back() IS
'AFTER DELETE row trigger of earned_badges: takes the reward back, and notes what was spent '
'already.';

-- Definer: the giver needs no right to write profiles and notifications.
CREATE FUNCTION pay_badge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_badge badges;
    v_paid jsonb;
    v_debt record;
BEGIN
    SELECT * INTO v_badge FROM badges AS b WHERE b.id = NEW.badge_id;
    IF NOT FOUND THEN
        RETURN NEW;  -- the foreign key says so better
    END IF;
    IF TG_WHEN = 'BEFORE' THEN
        -- What the person holds for this badge: the reward, or what was spent of an earlier one.
        SELECT d.xp, d.crystals, d.sparks INTO v_debt
        FROM badge_debts AS d
        WHERE d.user_id = NEW.user_id AND d.badge_id = NEW.badge_id FOR UPDATE;
        NEW.progress_data := coalesce(NEW.progress_data, '{}')
            || jsonb_build_object('paid', jsonb_build_object(
                'xp', greatest(v_badge.xp_reward, v_debt.xp),
                'crystals', greatest(v_badge.crystal_reward, v_debt.crystals),
                'sparks', greatest(v_badge.spark_reward, v_debt.sparks)
            ));
        RETURN NEW;
    END IF;
    v_paid := NEW.progress_data -> 'paid';
    DELETE FROM badge_debts AS d
    WHERE d.user_id = NEW.user_id AND d.badge_id = NEW.badge_id
    RETURNING d.xp, d.crystals, d.sparks INTO v_debt;
    PERFORM pay_reward(
        NEW.user_id, (v_paid ->> 'xp')::integer - coalesce(v_debt.xp, 0),
        (v_paid ->> 'crystals')::integer - coalesce(v_debt.crystals, 0),
        (v_paid ->> 'sparks')::integer - coalesce(v_debt.sparks, 0)
    );
    INSERT INTO user_notifications (user_id, title, message, type, data)
    VALUES (
        NEW.user_id, format('Badge earned: %s', v_badge.name), v_badge.description, 'BADGE_EARNED',
        jsonb_build_object('badge_id', NEW.badge_id) || v_paid
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION pay_badge() IS
'Row trigger of earned_badges: notes the reward BEFORE INSERT, pays it and tells the person AFTER '
'INSERT.';

CREATE TRIGGER earned_badges_note_reward
BEFORE INSERT ON earned_badges
FOR EACH ROW EXECUTE FUNCTION pay_badge();
CREATE TRIGGER earned_badges_pay_reward
AFTER INSERT ON earned_badges
FOR EACH ROW EXECUTE FUNCTION pay_badge();
CREATE TRIGGER earned_badges_take_reward_back
AFTER DELETE ON earned_badges
FOR EACH ROW EXECUTE FUNCTION take_badge_back();

-- A row that moved to another person would keep the reward with the first.
CREATE TRIGGER earned_badges_are_final
BEFORE UPDATE OF user_id, badge_id, progress_data ON earned_badges
FOR EACH ROW WHEN (
    (OLD.user_id, OLD.badge_id, OLD.progress_data -> 'paid')
    IS DISTINCT FROM (NEW.user_id, NEW.badge_id, NEW.progress_data -> 'paid')
) EXECUTE FUNCTION core.refuse_change();

CREATE TRIGGER audit_earned_badges
AFTER INSERT OR DELETE ON earned_badges
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('earned_badges');

ALTER TABLE earned_badges ENABLE ROW LEVEL SECURITY;
ALTER TABLE badge_debts ENABLE ROW LEVEL SECURITY;

CREATE POLICY service_reads_all ON badge_debts
FOR SELECT TO slate_services
USING (true);

GRANT SELECT ON badge_debts TO slate_services;

CREATE POLICY students_read_own_badges ON earned_badges
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY carers_read_badges ON earned_badges
FOR SELECT TO authenticated_users
USING (user_id = ANY ((SELECT my_charge_ids())::uuid[]));

CREATE POLICY service_manages_all ON earned_badges
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON earned_badges
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON earned_badges TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON earned_badges TO slate_services;
GRANT SELECT ON earned_badges TO slate_readers;
