DROP FUNCTION contribute_to_quest(uuid, uuid, integer, integer);
DROP FUNCTION complete_guild_quest();
DROP TABLE guild_quests;
