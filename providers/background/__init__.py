"""Work that runs without a request: probes, quota polling, the reference sweep."""
