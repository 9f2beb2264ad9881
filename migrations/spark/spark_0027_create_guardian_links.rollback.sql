DROP TABLE guardian_links;
DROP FUNCTION decide_guardian_link();
DROP FUNCTION check_linked_people();
DROP TYPE link_status;
