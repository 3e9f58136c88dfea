"""The site: entries and lineage as pages, drawn, framed, and written to disk."""

from herdbook.site.build import BuildResult, build
from herdbook.site.serve import serve

__all__ = ["BuildResult", "build", "serve"]
