"""What CI proves: round trips, drift, lint, the snapshot."""
