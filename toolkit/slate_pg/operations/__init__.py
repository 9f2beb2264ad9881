"""Running databases: jobs, seeds, health, adoption."""
