"""The pages people see: watchlist, alerts, inbox."""
