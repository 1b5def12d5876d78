"""A cell becomes a typed value, with what was changed on the way."""
