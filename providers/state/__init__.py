"""Configuration and health of this process in memory, and how they reach the database."""
