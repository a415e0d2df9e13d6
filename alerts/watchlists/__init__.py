"""Watchlists and their rows."""
