DROP FUNCTION global_board(leaderboard_timeframe);
DROP TABLE leaderboards;
DROP FUNCTION hide_global_names();
DROP FUNCTION my_board_scope_ids();
DROP TYPE leaderboard_timeframe;
DROP TYPE leaderboard_scope;
