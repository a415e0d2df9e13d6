"""Tools for the whole product: bench and drill."""
