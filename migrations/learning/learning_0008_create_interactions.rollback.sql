DROP TABLE interactions;
DROP FUNCTION claim_interaction_ids();
DROP TABLE interaction_keys;
