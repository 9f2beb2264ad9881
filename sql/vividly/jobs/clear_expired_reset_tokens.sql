-- documented: clear-expired-reset-tokens, line 894
-- schedule: 0 * * * *
-- why: a token that can no longer be redeemed has no business in the database (line 893)
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
