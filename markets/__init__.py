"""Market data: what the hub answers, cached, over the failover engine of ``providers``."""
