"""Runs one failover decision: candidates, attempts, checked answer, record."""
