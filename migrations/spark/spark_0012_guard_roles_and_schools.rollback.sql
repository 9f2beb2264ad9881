DROP TRIGGER users_linked_person_stays ON users;
DROP FUNCTION keep_linked_person();
DROP TRIGGER enrollments_student_attends_here ON enrollments;
DROP FUNCTION require_enrolled_student();
DROP TRIGGER classes_teacher_teaches_here ON classes;
DROP FUNCTION require_teacher();
DROP FUNCTION require_person(uuid, user_role [], uuid, text);
