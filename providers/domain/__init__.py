"""The vocabulary of the provider layer: categories, queries, values, outcomes, configuration."""
