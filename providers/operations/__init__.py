"""Manual operations of operators: overrides, dry runs, response previews."""
