"""Which faults of a schema its tests would notice: mutants of a live catalog, each judged by the suite."""
