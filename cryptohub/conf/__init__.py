"""Settings from environment variables and secret files."""
