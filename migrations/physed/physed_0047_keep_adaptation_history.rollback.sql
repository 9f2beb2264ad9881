DROP TRIGGER activity_adaptations_have_history ON activity_adaptations;
DROP TABLE adaptation_history;
DROP FUNCTION record_adaptation_change();
DROP TYPE adaptation_change_type;
