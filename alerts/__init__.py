"""Watchlists, price alerts, and the deliveries of their events."""
