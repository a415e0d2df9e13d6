"""Run all processes of the hub on one terminal: `python -m cryptohub.launch`."""
