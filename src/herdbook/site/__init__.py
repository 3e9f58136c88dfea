"""The site: entries and lineage as pages, drawn, framed, and written to disk."""
