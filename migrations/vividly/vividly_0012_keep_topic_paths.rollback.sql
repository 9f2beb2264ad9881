DROP FUNCTION topics_under(text);
DROP TRIGGER topics_adopt_their_children ON topics;
DROP FUNCTION adopt_topic_children();
DROP TRIGGER topics_take_their_branch_along ON topics;
DROP FUNCTION move_topic_children();
DROP TRIGGER topics_extend_their_parent ON topics;
DROP FUNCTION place_topic();
DROP TRIGGER topics_add_their_subject ON topics;
DROP FUNCTION add_topic_subject();
