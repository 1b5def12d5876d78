"""Errors that a person reads: one sentence that says what is wrong and what to do."""


class FilingsError(Exception):
    """Something the user can mend; the command prints the message alone, without a traceback."""


class BusyError(FilingsError):
    """Another refresh of the same home holds the lock."""


class CatalogueError(FilingsError):
    """A rule, record or threshold is wrong; the message names file, line and rule."""


class GateError(FilingsError):
    """The publication gate could not run, or an identity broke."""
