DROP TRIGGER guilds_change_leader ON guilds;
DROP TRIGGER guilds_seat_leader ON guilds;
DROP FUNCTION seat_guild_leader();
