DROP TABLE guild_quests;
DROP FUNCTION contribute_to_quest(uuid, uuid, integer, integer);
DROP FUNCTION reward_guild_quest();
DROP FUNCTION complete_guild_quest();
