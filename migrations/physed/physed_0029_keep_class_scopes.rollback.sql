DROP TRIGGER classes_show_to_teacher ON classes;
DROP TRIGGER classes_added_show_to_teacher ON classes;
DROP FUNCTION refresh_class_scope();
DROP TRIGGER class_students_show_to_teacher ON class_students;
DROP TRIGGER class_students_removed_show_to_teacher ON class_students;
DROP TRIGGER class_students_added_show_to_teacher ON class_students;
DROP FUNCTION refresh_member_scopes();
DROP FUNCTION refresh_scopes(integer[]);
DROP TABLE class_scopes;
