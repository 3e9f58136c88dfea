"""Questions about a catalog, answered: one module for each, one frozen answer from each, no printing."""
