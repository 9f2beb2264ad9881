-- schedule: 50 * * * *
-- why: notes written before there was a key are in clear text until they are written again; nothing
--      happens without pgcrypto and a key
-- timeout: 10min
-- transaction: yes
-- retries: 1

SELECT seal_old_notes() AS notes_sealed;
