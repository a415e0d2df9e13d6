"""Sign-up, login and API key pages."""
