"""One model on two engines: SQLite, and PostgreSQL with PostGIS."""
