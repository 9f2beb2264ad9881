DROP TABLE guild_memberships;
DROP FUNCTION my_guild_ids();
DROP FUNCTION leave_guild();
DROP FUNCTION join_guild();
DROP FUNCTION check_guild_member();
