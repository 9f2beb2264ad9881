"""Many installations of one product on many servers: who is where, moved together, under one policy."""
