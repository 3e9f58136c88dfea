"""Answers as documents: what a colleague would say, for a terminal, a pull request or a page."""
