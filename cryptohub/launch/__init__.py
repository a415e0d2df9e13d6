"""Starts the whole hub on one terminal and stops the whole of it: ``python -m cryptohub.launch``."""
