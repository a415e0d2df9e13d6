"""Failover rules as pure functions and values: breaker, quota, hedging, selection, price consensus."""
