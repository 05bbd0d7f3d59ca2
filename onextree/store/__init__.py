"""The snapshot store in PostgreSQL; one .sql file a statement in `sql`."""
