"""Plans: what commands make of the files of a catalog, and how that is carried out."""
