DROP TRIGGER users_linked_person_stays ON users;
DROP TRIGGER enrollments_student_attends_here ON enrollments;
DROP TRIGGER classes_teacher_teaches_here ON classes;
DROP FUNCTION keep_linked_person();
DROP FUNCTION end_enrollment(uuid, enrollment_status, text);
DROP FUNCTION require_enrolled_student();
DROP FUNCTION require_teacher();
DROP FUNCTION require_person(uuid, user_role[], uuid, text, text);
