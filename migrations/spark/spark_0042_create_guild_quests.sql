-- depends: spark_0041_seat_guild_leaders
-- Why:  a guild works towards a number together; whoever brings it over the line, the reward is
--       paid once.
-- Lock: none, only new objects. Rollback loses: every quest.

CREATE TABLE guild_quests (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    title varchar(200) NOT NULL,
    description text NOT NULL,
    guild_id uuid NOT NULL,
    target_value integer NOT NULL,
    current_value integer NOT NULL DEFAULT 0,
    reward_xp integer NOT NULL DEFAULT 0,
    starts_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,

    CONSTRAINT guild_quests_pkey PRIMARY KEY (id),
    CONSTRAINT guild_quests_guild_id_fkey FOREIGN KEY (guild_id)
        REFERENCES guilds (id) ON DELETE CASCADE,
    CONSTRAINT guild_quests_dates_are_finite_check CHECK (
        isfinite(starts_at)
        AND isfinite(ends_at)
        AND isfinite(completed_at)
    ),
    CONSTRAINT guild_quests_target_value_check CHECK (target_value > 0),
    CONSTRAINT guild_quests_current_value_check CHECK (current_value >= 0),
    CONSTRAINT guild_quests_reward_xp_check CHECK (reward_xp BETWEEN 0 AND 100000000),
    CONSTRAINT guild_quests_end_not_before_start_check CHECK (ends_at >= starts_at)
);

COMMENT ON TABLE guild_quests IS 'A challenge of a guild. Progress through contribute_to_quest().';
COMMENT ON COLUMN guild_quests.current_value IS 'What has been reached, up to 2147483647.';
COMMENT ON COLUMN guild_quests.is_active IS 'False once completed, or called off.';
COMMENT ON COLUMN guild_quests.target_value IS
'What is to be reached, in whatever the quest counts; above 0.';
COMMENT ON COLUMN guild_quests.reward_xp IS
'XP for the guild, 0 to 100000000, paid once when the target is reached.';
COMMENT ON COLUMN guild_quests.ends_at IS 'Contributions count until then; NULL without an end.';
COMMENT ON COLUMN guild_quests.completed_at IS
'When the target was reached and the reward paid; kept by the database.';

CREATE INDEX guild_quests_guild_id_idx ON guild_quests (guild_id, ends_at);

CREATE FUNCTION complete_guild_quest() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.completed_at := CASE WHEN TG_OP = 'UPDATE' THEN OLD.completed_at END;
    IF NEW.completed_at IS NOT NULL OR NEW.current_value < NEW.target_value THEN
        RETURN NEW;
    END IF;
    NEW.completed_at := now();
    NEW.is_active := false;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION complete_guild_quest() IS
'BEFORE row trigger: closes the quest when the target is reached, for good.';

CREATE TRIGGER guild_quests_complete
BEFORE INSERT OR UPDATE ON guild_quests
FOR EACH ROW EXECUTE FUNCTION complete_guild_quest();

-- Definer: pays the guild and tells its members, no matter who brought the quest there.
CREATE FUNCTION reward_guild_quest() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.completed_at IS NULL OR (TG_OP = 'UPDATE' AND OLD.completed_at IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    UPDATE guilds
    SET total_xp = least(total_xp::bigint + NEW.reward_xp, 2000000000)
    WHERE id = NEW.guild_id AND NEW.reward_xp > 0;
    INSERT INTO achievements (student_id, type, title, description, metadata)
    SELECT
        m.student_id, 'QUEST_COMPLETION', NEW.title, NEW.description,
        jsonb_build_object('guild_id', NEW.guild_id, 'quest_id', NEW.id)
    FROM guild_memberships AS m
    WHERE m.guild_id = NEW.guild_id;
    INSERT INTO user_notifications (user_id, title, message, type, data)
    SELECT
        m.student_id, left(format('Quest completed: %s', NEW.title), 200),
        format('Your guild earned %s XP.', NEW.reward_xp),
        'GUILD_MESSAGE', jsonb_build_object('guild_id', NEW.guild_id, 'quest_id', NEW.id)
    FROM guild_memberships AS m
    WHERE m.guild_id = NEW.guild_id;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION reward_guild_quest() IS
'AFTER row trigger: when a quest is completed, pays reward_xp to the guild once and honours the '
'members.';

CREATE TRIGGER guild_quests_reward_guild
AFTER INSERT OR UPDATE ON guild_quests
FOR EACH ROW EXECUTE FUNCTION reward_guild_quest();

CREATE FUNCTION contribute_to_quest(
    p_quest_id uuid, p_student_id uuid, p_value integer, p_xp integer DEFAULT 0
) RETURNS integer
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_quest guild_quests;
BEGIN
    IF NOT coalesce(p_value BETWEEN 0 AND 100000000 AND p_xp BETWEEN 0 AND 100000000, false) THEN
        RAISE EXCEPTION 'a contribution is 0 to 100000000: % and % XP', p_value, p_xp
            USING ERRCODE = 'invalid_parameter_value', TABLE = 'guild_quests';
    END IF;
    SELECT * INTO v_quest FROM guild_quests AS q WHERE q.id = p_quest_id;

    -- The guild's row first: joining and paying lock it too, in this order.
    PERFORM 1 FROM guilds AS g WHERE g.id = v_quest.guild_id FOR UPDATE;
    UPDATE guild_memberships AS m SET contribution_xp = m.contribution_xp + p_xp
    WHERE m.guild_id = v_quest.guild_id AND m.student_id = p_student_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'student "%" is no member of the guild of quest "%"',
            p_student_id, p_quest_id
            USING ERRCODE = 'no_data_found', TABLE = 'guild_memberships';
    END IF;
    UPDATE guild_quests AS q
    SET current_value = least(q.current_value::bigint + p_value, 2147483647)
    WHERE q.id = p_quest_id
        AND q.is_active
        AND now() >= q.starts_at
        AND (q.ends_at IS NULL OR now() < q.ends_at)
    RETURNING q.* INTO v_quest;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'quest "%" takes no contributions now', p_quest_id
            USING ERRCODE = 'check_violation', TABLE = 'guild_quests',
            CONSTRAINT = 'guild_quests_is_running',
            HINT = 'It has not begun, is over, or is completed.';
    END IF;
    RETURN v_quest.current_value;
END;
$$;

COMMENT ON FUNCTION contribute_to_quest(uuid, uuid, integer, integer) IS
'Adds a member''s p_value to a running quest and p_xp to the guild; returns the quest''s new '
'value. For the service.';

GRANT EXECUTE ON FUNCTION contribute_to_quest(uuid, uuid, integer, integer) TO slate_services;

ALTER TABLE guild_quests ENABLE ROW LEVEL SECURITY;

CREATE POLICY members_read_own_quests ON guild_quests
FOR SELECT TO authenticated_users
USING (guild_id = ANY ((SELECT my_guild_ids())::uuid[]));

CREATE POLICY service_manages_all ON guild_quests
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON guild_quests
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON guild_quests TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON guild_quests TO slate_services;
GRANT SELECT ON guild_quests TO slate_readers;
