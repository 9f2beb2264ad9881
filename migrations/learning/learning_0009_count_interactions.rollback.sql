DROP TRIGGER learning_sessions_keep_count ON learning_sessions;
DROP TRIGGER learning_sessions_start_at_zero ON learning_sessions;
DROP FUNCTION keep_interaction_count();
DROP TRIGGER interactions_move_count ON interactions;
DROP TRIGGER interactions_take_off_count ON interactions;
DROP TRIGGER interactions_add_to_count ON interactions;
DROP FUNCTION count_interactions();
