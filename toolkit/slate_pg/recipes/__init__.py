"""The way out of what blocks: sequences of migrations that let others work, written by `slate new --recipe`."""
