DROP TRIGGER profiles_announce_level_up ON profiles;
DROP TRIGGER profiles_count_xp_of_the_day ON profiles;
DROP FUNCTION announce_level_up();
DROP FUNCTION count_xp_of_the_day();
DROP FUNCTION pay_reward(uuid, integer, integer, integer);
