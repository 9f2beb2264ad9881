DROP FUNCTION visible_student_ids();
DROP FUNCTION my_student_ids();
DROP FUNCTION current_teacher_id();
DROP FUNCTION current_user_id();
