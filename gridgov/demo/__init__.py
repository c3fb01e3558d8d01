"""The invented city: it writes files and imports them like anybody's."""
