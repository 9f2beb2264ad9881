"""What belongs to the server and not to a schema: roles, settings, logins, rights."""
