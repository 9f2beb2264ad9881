-- schedule: 5 * * * *
-- why: boards are a cache; they are built from XP per day and per student once an hour
-- timeout: 10min
-- transaction: yes
-- retries: 2
SELECT scope, timeframe, boards FROM rebuild_leaderboards();
