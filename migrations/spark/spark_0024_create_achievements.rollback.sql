DROP TRIGGER profiles_record_level_up ON profiles;
DROP FUNCTION record_level_up();
DROP FUNCTION pay_achievement();
DROP TABLE achievements;
DROP TYPE achievement_type;
