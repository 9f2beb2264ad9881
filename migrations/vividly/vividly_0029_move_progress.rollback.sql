DROP TRIGGER feedback_moves_progress ON feedback;
DROP FUNCTION move_progress();
DROP FUNCTION record_view(text, text, integer);
