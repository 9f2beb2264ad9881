-- documented: clear-expired-reset-tokens
-- schedule: 0 * * * *
-- why: a token that can no longer be redeemed has no business in the database
-- timeout: 1min
-- transaction: yes
-- retries: 2

WITH cleared AS (
    UPDATE users
    SET reset_token = NULL, reset_token_expires_at = NULL
    WHERE reset_token_expires_at < now()
    RETURNING id
)

SELECT count(*) AS tokens_cleared FROM cleared;
