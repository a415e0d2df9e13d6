"""Structure of the source tree in figures: modules, folders, imports, circles, sizes."""
