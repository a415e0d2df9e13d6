"""Response bodies as documented in OpenAPI."""
