"""Files in: whatever an office has becomes validated rows; nothing here knows the database."""
