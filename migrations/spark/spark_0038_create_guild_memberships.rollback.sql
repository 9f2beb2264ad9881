DROP TRIGGER guilds_change_leader ON guilds;
DROP TRIGGER guilds_seat_leader ON guilds;
DROP TABLE guild_memberships;
DROP FUNCTION my_guild_ids();
DROP FUNCTION seat_guild_leader();
DROP FUNCTION leave_guild();
DROP FUNCTION join_guild();
DROP FUNCTION check_guild_member();
