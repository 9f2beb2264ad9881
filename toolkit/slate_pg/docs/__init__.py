"""Documentation of what a database holds: one static site, Markdown, DBML or JSON."""
