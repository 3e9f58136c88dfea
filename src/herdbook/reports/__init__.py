"""Reports: findings and answers as text. Pure functions; `cli` prints what they return."""
