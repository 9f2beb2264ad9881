DROP FUNCTION class_engagement(text);
DROP FUNCTION visible_class_engagement(text);
DROP FUNCTION sum_up_class(text, boolean, text[]);
DROP FUNCTION user_ids_named(text);
DROP FUNCTION visible_user_ids_named(text);
