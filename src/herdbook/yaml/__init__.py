"""Read YAML: the one reader for everything that Herdbook reads, and where in a text each value stands."""
