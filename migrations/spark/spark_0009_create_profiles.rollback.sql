DROP TABLE profiles;
DROP FUNCTION update_level_on_xp_change();
DROP FUNCTION calculate_level(integer);
