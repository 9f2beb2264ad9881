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
    CONSTRAINT earned_badges_progress_data_check CHECK (jsonb_typeof(progress_data) = 'object')
);

COMMENT ON TABLE earned_badges IS 'A badge a person has earned, once each.';
COMMENT ON COLUMN earned_badges.progress_data IS
'How it was earned; "paid" holds the reward: {"xp": 50, "crystals": 5, "sparks": 0}.';

CREATE UNIQUE INDEX idx_earned_badges_user ON earned_badges (user_id, badge_id);
CREATE INDEX idx_earned_badges_badge ON earned_badges (badge_id);
CREATE INDEX idx_earned_badges_earned_at ON earned_badges (earned_at DESC);

-- Definer: the giver needs no right to write profiles and notifications.
CREATE FUNCTION pay_badge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_badge badges;
    v_paid jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        v_paid := OLD.progress_data -> 'paid';
        -- Not when the badge itself goes (then all who earned it keep what they got).
        IF v_paid IS NOT NULL AND EXISTS (SELECT 1 FROM badges AS b WHERE b.id = OLD.badge_id) THEN
            PERFORM pay_reward(
                OLD.user_id, -(v_paid ->> 'xp')::integer, -(v_paid ->> 'crystals')::integer,
                -(v_paid ->> 'sparks')::integer
            );
        END IF;
        RETURN NULL;
    END IF;

    SELECT * INTO v_badge FROM badges AS b WHERE b.id = NEW.badge_id;
    IF NOT FOUND THEN
        RETURN NEW;  -- the foreign key says so better
    END IF;
    IF TG_WHEN = 'BEFORE' THEN
        NEW.progress_data := coalesce(NEW.progress_data, '{}')
            || jsonb_build_object('paid', jsonb_build_object(
                'xp', v_badge.xp_reward,
                'crystals', v_badge.crystal_reward,
                'sparks', v_badge.spark_reward
            ));
        RETURN NEW;
    END IF;
    v_paid := NEW.progress_data -> 'paid';
    PERFORM pay_reward(
        NEW.user_id, (v_paid ->> 'xp')::integer, (v_paid ->> 'crystals')::integer,
        (v_paid ->> 'sparks')::integer
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
'INSERT, takes it back AFTER DELETE unless the badge itself is deleted.';

CREATE TRIGGER earned_badges_note_reward
BEFORE INSERT ON earned_badges
FOR EACH ROW EXECUTE FUNCTION pay_badge();
CREATE TRIGGER earned_badges_pay_reward
AFTER INSERT OR DELETE ON earned_badges
FOR EACH ROW EXECUTE FUNCTION pay_badge();

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

CREATE POLICY students_read_own_badges ON earned_badges
FOR SELECT TO authenticated_users
USING (user_id = (SELECT current_user_id()));

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
