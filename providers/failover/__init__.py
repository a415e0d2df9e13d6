"""The failover engine: from a query to checked values, through whoever is well."""
