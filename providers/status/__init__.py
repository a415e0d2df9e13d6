"""Health and link status as operators and the status page read them."""
