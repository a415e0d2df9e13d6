"""From values to response fields."""
