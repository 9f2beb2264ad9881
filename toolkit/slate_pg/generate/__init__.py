"""What `slate generate` writes: typed Python for services, from what the schema and the server itself say."""
