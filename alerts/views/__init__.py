"""HTML pages for watchlists, alerts and the inbox."""
