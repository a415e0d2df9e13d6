"""Base classes and system routes of the REST API."""
