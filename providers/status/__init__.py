"""Health and status of links and endpoints, for reports and pages."""
