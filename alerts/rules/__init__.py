"""Alert conditions and their state transitions."""
