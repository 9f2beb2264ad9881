DROP TRIGGER profiles_record_level_up ON profiles;
DROP TABLE achievements;
DROP FUNCTION record_level_up();
DROP FUNCTION pay_achievement();
DROP TYPE achievement_type;
