"""The drill: fault scenarios played against the sandbox with real processes, and what was measured in them."""
