"""The only access to upstream networks: HTTP and name resolution."""
