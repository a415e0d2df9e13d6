"""Settings from the environment and secret files."""
