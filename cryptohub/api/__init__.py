"""REST authentication, rate limits, errors and OpenAPI."""
