DROP TRIGGER trigger_update_streak ON student_progress;
DROP FUNCTION update_learning_streak();
DROP FUNCTION next_streak(integer, timestamptz, timestamptz, text);
