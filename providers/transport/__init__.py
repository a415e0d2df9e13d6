"""The only door to upstream networks: HTTP and name resolution."""
