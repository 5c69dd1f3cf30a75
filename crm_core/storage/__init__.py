"""How cases and all that belongs to them are kept in PostgreSQL: tables, engine, migrations."""
