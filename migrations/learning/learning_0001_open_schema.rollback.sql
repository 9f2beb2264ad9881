DROP FUNCTION current_user_id();
DROP FUNCTION claimed_user_id();
SELECT core.close_schema('people', 'service', 'reader', 'auditor');
