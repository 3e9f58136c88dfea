"""Herdbook: the register of models that lives in git."""

__version__ = "0.1.0"
