DROP FUNCTION rebuild_leaderboards(timestamptz);
