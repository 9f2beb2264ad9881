"""What a run of tests executed of a database: statements, branches, conditions, refusals. Counted by the server."""
