DROP TABLE guilds;
DROP FUNCTION keep_guild();
DROP TYPE guild_role;
