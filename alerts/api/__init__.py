"""REST routes for watchlists and alerts."""
