"""Coins and their names at each provider."""
