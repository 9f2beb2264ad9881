DROP FUNCTION may_hand_in(uuid, uuid);
DROP FUNCTION my_open_assignment_ids();
DROP FUNCTION my_class_assignment_ids();
