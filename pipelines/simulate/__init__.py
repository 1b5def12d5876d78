"""Sample counties whose people do not exist, with planted defects and a truth file."""
