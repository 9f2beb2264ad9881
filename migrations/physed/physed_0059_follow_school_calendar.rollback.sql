DROP FUNCTION class_meetings(jsonb, date);
