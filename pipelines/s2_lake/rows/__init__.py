"""A row is accepted, quarantined or ignored; none is lost."""
