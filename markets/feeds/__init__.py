"""The one way to market data: cached, deduplicated, with provenance."""
