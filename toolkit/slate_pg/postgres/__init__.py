"""PostgreSQL itself: its programs, servers, connections and the text of statements."""
