DROP FUNCTION refresh_analytics(date, date);
DROP FUNCTION refresh_class_analytics(date);
DROP FUNCTION refresh_learning_analytics(date);
