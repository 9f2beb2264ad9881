DROP TABLE leaderboards;
DROP FUNCTION my_board_scope_ids();
DROP TYPE leaderboard_timeframe;
DROP TYPE leaderboard_scope;
