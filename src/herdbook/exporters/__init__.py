"""Exporters: one module per format, each a pure function from a catalog to the text of a file."""
