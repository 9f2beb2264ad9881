"""What a database holds: read, compared, normalised, and held to rules."""
