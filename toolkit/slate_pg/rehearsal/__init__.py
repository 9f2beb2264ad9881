"""What pending migrations would lock, rewrite and block, seen on a copy."""
