"""What services import: pooled sessions of one person, and queries in files."""
