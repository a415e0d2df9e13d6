"""Adapters for market data aggregators."""
