DROP FUNCTION purge_ended_contracts(date);
DROP FUNCTION purge_district(text, boolean);
