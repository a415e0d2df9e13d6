"""Django middleware for every request."""
