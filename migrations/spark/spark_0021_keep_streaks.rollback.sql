DROP TRIGGER trigger_update_streak_on_update ON student_progress;
DROP TRIGGER trigger_update_streak ON student_progress;
DROP FUNCTION update_learning_streak();
DROP FUNCTION count_learning(uuid, boolean, timestamptz[], integer[]);
DROP FUNCTION next_streak(integer, timestamptz, timestamptz, text);
