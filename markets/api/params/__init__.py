"""Request parameters and bodies."""
