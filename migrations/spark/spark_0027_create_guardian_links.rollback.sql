DROP TABLE guardian_links;
DROP FUNCTION decide_guardian_link();
DROP TYPE link_status;
