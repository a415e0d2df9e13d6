"""Health routes, log format and front-end assets."""
