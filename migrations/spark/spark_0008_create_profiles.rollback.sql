DROP FUNCTION update_level_on_xp_change();
DROP TABLE profiles;
DROP FUNCTION calculate_level(integer);
