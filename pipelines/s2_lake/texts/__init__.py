"""What the text of a cell says by itself, whatever column it stands in."""
