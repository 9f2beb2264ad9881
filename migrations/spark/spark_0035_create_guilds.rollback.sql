DROP FUNCTION keep_guild();
DROP TABLE guilds;
DROP TYPE guild_role;
