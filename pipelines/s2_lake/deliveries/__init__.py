"""A delivery is put together and becomes the current lake, waits, or amends another."""
