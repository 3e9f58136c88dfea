"""How long and how much memory checking and building take as catalogs grow."""
