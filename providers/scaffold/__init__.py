"""Templates of the files that a new provider needs, and the command that writes them."""
