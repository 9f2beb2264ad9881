-- depends: spark_0038_create_content_translations
-- Why:  groups of students. The leader is the first member from the start, and the count of members
--       never passes the limit: joining writes the guild's row.
-- Lock: none, only new objects. Rollback loses: every guild.

CREATE TYPE guild_role AS ENUM ('LEADER', 'OFFICER', 'MEMBER');
COMMENT ON TYPE guild_role IS 'A member''s part in a guild; one LEADER each.';

CREATE TABLE guilds (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL,
    description text,
    leader_id uuid NOT NULL,
    school_id uuid NOT NULL,
    max_members integer NOT NULL DEFAULT 10,
    current_members integer NOT NULL DEFAULT 1,
    guild_level integer NOT NULL DEFAULT 1,
    total_xp integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT guilds_pkey PRIMARY KEY (id),
    CONSTRAINT guilds_name_key UNIQUE (name),
    CONSTRAINT guilds_leader_id_fkey FOREIGN KEY (leader_id) REFERENCES users (id),
    CONSTRAINT guilds_school_id_fkey FOREIGN KEY (school_id) REFERENCES schools (id),
    CONSTRAINT guilds_max_members_check CHECK (max_members > 0),
    CONSTRAINT guilds_members_within_limit_check CHECK (current_members BETWEEN 0 AND max_members),
    CONSTRAINT guilds_guild_level_check CHECK (guild_level >= 1),
    CONSTRAINT guilds_total_xp_check CHECK (total_xp BETWEEN 0 AND 2000000000)
);

COMMENT ON TABLE guilds IS
'A group of students of one school. The name is unique over all schools.';
COMMENT ON COLUMN guilds.leader_id IS
'A student of the school, always a member. Changes only to another member.';
COMMENT ON COLUMN guilds.max_members IS
'Limit of members, 1 or more; cannot be lowered below the members there are.';
COMMENT ON COLUMN guilds.current_members IS
'Members, the leader included; counted by guild_memberships.';
COMMENT ON COLUMN guilds.guild_level IS 'Always calculate_level(total_xp), 1 and up.';
COMMENT ON COLUMN guilds.total_xp IS
'XP contributed by members, past ones too, and rewards of quests: 0 to 2000000000.';

CREATE INDEX guilds_leader_id_idx ON guilds (leader_id);
CREATE INDEX guilds_school_id_idx ON guilds (school_id);

-- Definer: calls require_person, which is not for callers.
CREATE FUNCTION keep_guild() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.guild_level := calculate_level(NEW.total_xp);
    IF TG_OP = 'INSERT' THEN
        NEW.current_members := 1;
        PERFORM require_person(
            NEW.leader_id, '{STUDENT}', NEW.school_id, 'guilds_leader_is_student_here', 'guilds'
        );
        RETURN NEW;
    END IF;
    IF NEW.school_id <> OLD.school_id THEN
        RAISE EXCEPTION 'guild "%" stays in its school', OLD.id
            USING ERRCODE = 'check_violation', TABLE = 'guilds', COLUMN = 'school_id',
            CONSTRAINT = 'guilds_school_stays';
    END IF;
    IF NEW.leader_id <> OLD.leader_id AND NOT EXISTS (
        SELECT 1
        FROM guild_memberships AS m
        WHERE m.guild_id = NEW.id AND m.student_id = NEW.leader_id
    ) THEN
        RAISE EXCEPTION 'student "%" is no member of guild "%"', NEW.leader_id, NEW.id
            USING ERRCODE = 'check_violation', TABLE = 'guilds', COLUMN = 'leader_id',
            CONSTRAINT = 'guilds_leader_is_member', HINT = 'Let the student join before leading.';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION keep_guild() IS
'BEFORE row trigger: level follows total_xp, a new guild counts its leader, the leader is a '
'student here and a member.';

CREATE TRIGGER guilds_are_kept
BEFORE INSERT OR UPDATE ON guilds
FOR EACH ROW EXECUTE FUNCTION keep_guild();

ALTER TABLE guilds ENABLE ROW LEVEL SECURITY;

CREATE POLICY members_of_school_read_guilds ON guilds
FOR SELECT TO authenticated_users
USING (school_id = (SELECT my_own_school_id()));

CREATE POLICY service_manages_all ON guilds
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON guilds
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON guilds TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON guilds TO slate_services;
GRANT SELECT ON guilds TO slate_readers;
