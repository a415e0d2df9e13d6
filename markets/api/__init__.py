"""REST routes for market data."""
