"""Between the web server and the application: request bodies, and the names of headers."""
