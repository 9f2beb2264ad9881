DROP FUNCTION decide_guardian_link();
DROP TABLE guardian_links;
DROP TYPE link_status;
