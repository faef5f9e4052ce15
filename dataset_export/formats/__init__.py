"""One format a file: from a neutral record to a row of that format."""
