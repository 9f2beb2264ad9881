"""What services import: pooled sessions of one person, queries in files, and an HTTP status for each refusal."""
