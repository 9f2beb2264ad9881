-- depends: spark_0039_create_guilds
-- Why:  who is in which guild, and what each has given.
-- Lock: brief on guilds (new trigger). Rollback loses: every membership.

CREATE TABLE guild_memberships (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    guild_id uuid NOT NULL,
    student_id uuid NOT NULL,
    role guild_role NOT NULL DEFAULT 'MEMBER',
    joined_at timestamptz NOT NULL DEFAULT now(),
    contribution_xp integer NOT NULL DEFAULT 0,

    CONSTRAINT guild_memberships_pkey PRIMARY KEY (id),
    CONSTRAINT guild_memberships_guild_id_student_id_key UNIQUE (guild_id, student_id),
    CONSTRAINT guild_memberships_guild_id_fkey FOREIGN KEY (guild_id)
        REFERENCES guilds (id) ON DELETE CASCADE,
    CONSTRAINT guild_memberships_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT guild_memberships_dates_are_finite_check CHECK (isfinite(joined_at)),
    CONSTRAINT guild_memberships_contribution_xp_check
        CHECK (contribution_xp BETWEEN 0 AND 2000000000)
);

COMMENT ON TABLE guild_memberships IS
'A student in a guild; a student may be in several. Full guilds take nobody.';
COMMENT ON COLUMN guild_memberships.role IS
'LEADER is the student in guilds.leader_id and nobody else.';
COMMENT ON COLUMN guild_memberships.contribution_xp IS
'XP given to the guild, 0 to 2000000000; every increase is added to guilds.total_xp.';

CREATE INDEX guild_memberships_student_id_idx ON guild_memberships (student_id);

-- Definer: the writer of a membership does not always see the student.
CREATE FUNCTION check_guild_member() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_guild guilds;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.guild_id, NEW.student_id) <> (OLD.guild_id, OLD.student_id) THEN
        RAISE EXCEPTION 'membership "%" keeps its guild and student', OLD.id
            USING ERRCODE = 'check_violation', TABLE = 'guild_memberships',
            CONSTRAINT = 'guild_memberships_key_is_final',
            HINT = 'Leave one guild and join the other.';
    END IF;

    SELECT * INTO v_guild FROM guilds AS g WHERE g.id = NEW.guild_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;  -- the guild went in the same statement, and takes this row along
    END IF;
    IF (NEW.role = 'LEADER') <> (NEW.student_id = v_guild.leader_id) THEN
        RAISE EXCEPTION 'the leader of guild "%" is in guilds.leader_id', NEW.guild_id
            USING ERRCODE = 'check_violation', TABLE = 'guild_memberships', COLUMN = 'role',
            CONSTRAINT = 'guild_memberships_leader_leads',
            HINT = 'UPDATE guilds SET leader_id changes both roles.';
    END IF;

    IF TG_OP = 'INSERT' THEN
        PERFORM require_person(
            NEW.student_id, '{STUDENT}', v_guild.school_id,
            'guild_memberships_student_is_of_school', 'guild_memberships'
        );
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION check_guild_member() IS
'AFTER row trigger: a STUDENT of the guild''s school; role and guilds.leader_id say the same.';

-- AFTER: the policy speaks first, and tells people nothing of who they cannot see.
CREATE TRIGGER guild_memberships_are_checked
AFTER INSERT OR UPDATE ON guild_memberships
FOR EACH ROW EXECUTE FUNCTION check_guild_member();

-- Definer: counts all members, not only those the writer may see.
CREATE FUNCTION join_guild() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_xp integer := NEW.contribution_xp
        - CASE WHEN TG_OP = 'UPDATE' THEN OLD.contribution_xp ELSE 0 END;
BEGIN
    -- The leader has been counted since the guild was made.
    IF TG_OP = 'INSERT' AND NEW.role <> 'LEADER' THEN
        UPDATE guilds SET current_members = current_members + 1
        WHERE id = NEW.guild_id AND current_members < max_members;
        IF NOT FOUND AND EXISTS (SELECT 1 FROM guilds AS g WHERE g.id = NEW.guild_id) THEN
            RAISE EXCEPTION 'guild "%" is full', NEW.guild_id
                USING ERRCODE = 'check_violation', TABLE = 'guilds', COLUMN = 'max_members',
                CONSTRAINT = 'guilds_members_within_limit_check',
                HINT = 'Raise max_members, or let somebody leave.';
        END IF;
    END IF;
    -- One above its bound is refused by the name of the CHECK, not as a number out of range.
    UPDATE guilds SET total_xp = greatest(least(total_xp::bigint + v_xp, 2000000001), 0)
    WHERE id = NEW.guild_id AND v_xp <> 0;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION join_guild() IS
'AFTER row trigger: takes a place in the guild within max_members and adds contributions to the '
'guild.';

-- AFTER, not BEFORE: a row that ON CONFLICT DO NOTHING skips has fired its BEFORE triggers and
-- takes no place.
CREATE TRIGGER guild_memberships_join_guild
AFTER INSERT OR UPDATE OF contribution_xp ON guild_memberships
FOR EACH ROW EXECUTE FUNCTION join_guild();

-- Definer: counts all members, not only those the writer may see.
CREATE FUNCTION leave_guild() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- When the guild itself is deleted its row is gone already, and nothing is found here.
    IF EXISTS (SELECT 1 FROM guilds AS g WHERE g.id = OLD.guild_id AND g.leader_id = OLD.student_id)
    THEN
        RAISE EXCEPTION 'student "%" leads guild "%" and cannot leave it',
            OLD.student_id, OLD.guild_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'guild_memberships',
            CONSTRAINT = 'guild_memberships_leader_stays',
            HINT = 'Hand the lead to another member first.';
    END IF;
    UPDATE guilds SET current_members = current_members - 1 WHERE id = OLD.guild_id;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION leave_guild() IS
'AFTER DELETE row trigger: frees the place; the leader stays while he leads.';

CREATE TRIGGER guild_memberships_leave_guild
AFTER DELETE ON guild_memberships
FOR EACH ROW EXECUTE FUNCTION leave_guild();

-- Definer: the answer decides what the caller may see.
CREATE FUNCTION my_guild_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT m.guild_id FROM guild_memberships AS m WHERE m.student_id = current_user_id()
    );
END;
$$;

COMMENT ON FUNCTION my_guild_ids() IS 'The guilds the caller is a member of. Reads only.';
GRANT EXECUTE ON FUNCTION my_guild_ids() TO authenticated_users, slate_services;

ALTER TABLE guild_memberships ENABLE ROW LEVEL SECURITY;

CREATE POLICY members_read_own_guilds ON guild_memberships
FOR SELECT TO authenticated_users
USING (guild_id = ANY ((SELECT my_guild_ids())::uuid[]));

CREATE POLICY students_add_own_memberships ON guild_memberships
FOR INSERT TO authenticated_users
WITH CHECK (
    student_id = (SELECT me.id FROM my_account AS me)
    AND EXISTS (SELECT 1 FROM guilds AS g WHERE g.id = guild_memberships.guild_id)
);

CREATE POLICY students_remove_own_memberships ON guild_memberships
FOR DELETE TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY students_read_own_memberships ON guild_memberships
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY class_teachers_read_memberships ON guild_memberships
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::uuid[]));

CREATE POLICY admins_read_memberships ON guild_memberships
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_school_student_ids())::uuid[]));

CREATE POLICY service_manages_all ON guild_memberships
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON guild_memberships
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, DELETE ON guild_memberships TO authenticated_users;
GRANT INSERT (id, guild_id, student_id) ON guild_memberships TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON guild_memberships TO slate_services;
GRANT SELECT ON guild_memberships TO slate_readers;
