"""What operators do by hand: overrides, dry runs, response previews."""
