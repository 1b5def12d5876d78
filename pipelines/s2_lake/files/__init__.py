"""A file becomes sheets of text; hostile files are refused here."""
