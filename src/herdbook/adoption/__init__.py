"""How a repository adopts the gate: the CI files for it, and what is missing there."""
