"""Importers: one module per other system, each with a function from a source to drafts and problems.

The source is read and never written to; nothing else is touched. What drafts are, and what becomes of them,
is in `herdbook.planning.drafts` and `herdbook.planning.importing`.
"""
