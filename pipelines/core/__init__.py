"""What every stage shares: settings, the dictionary, privacy, the database, workbooks, errors."""
