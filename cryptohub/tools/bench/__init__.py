"""Bench of warm answers, in alternation with a bare application on the same server."""
