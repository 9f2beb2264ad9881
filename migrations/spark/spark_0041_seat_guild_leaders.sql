-- depends: spark_0040_create_guild_memberships
-- Why:  a guild is led by one of its members: who makes one is in it, and who hands over stays.
-- Lock: brief on guilds (new triggers). Rollback loses: nothing; leaders are seated by hand.

-- Definer: who makes a guild need not write memberships.
CREATE FUNCTION seat_guild_leader() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO guild_memberships (guild_id, student_id, role)
        VALUES (NEW.id, NEW.leader_id, 'LEADER');
    ELSE
        UPDATE guild_memberships
        SET role = CASE WHEN student_id = NEW.leader_id THEN 'LEADER' ELSE 'MEMBER' END::guild_role
        WHERE guild_id = NEW.id AND student_id IN (OLD.leader_id, NEW.leader_id);
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION seat_guild_leader() IS
'AFTER row trigger of guilds: the leader is a member with the role LEADER.';

CREATE FUNCTION refuse_leaderless_guilds() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM guilds) THEN
        RAISE EXCEPTION 'guild_memberships cannot be emptied while there are guilds'
            USING ERRCODE = 'foreign_key_violation', TABLE = 'guild_memberships',
            CONSTRAINT = 'guild_memberships_leader_stays',
            HINT = 'TRUNCATE guilds CASCADE empties both.';
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION refuse_leaderless_guilds() IS
'AFTER TRUNCATE trigger of guild_memberships: leaders stay while they lead.';

CREATE TRIGGER guild_memberships_keep_leaders
AFTER TRUNCATE ON guild_memberships
FOR EACH STATEMENT EXECUTE FUNCTION refuse_leaderless_guilds();
CREATE TRIGGER guilds_seat_leader
AFTER INSERT ON guilds
FOR EACH ROW EXECUTE FUNCTION seat_guild_leader();
CREATE TRIGGER guilds_change_leader
AFTER UPDATE OF leader_id ON guilds
FOR EACH ROW WHEN (OLD.leader_id <> NEW.leader_id) EXECUTE FUNCTION seat_guild_leader();
