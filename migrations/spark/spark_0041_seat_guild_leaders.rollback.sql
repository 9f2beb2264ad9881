DROP TRIGGER guild_memberships_keep_leaders ON guild_memberships;
DROP TRIGGER guilds_change_leader ON guilds;
DROP TRIGGER guilds_seat_leader ON guilds;
DROP FUNCTION seat_guild_leader();
DROP FUNCTION refuse_leaderless_guilds();
