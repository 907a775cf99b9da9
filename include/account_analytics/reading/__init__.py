"""From the file as it came to its rows: containers, tables, formats, labels, numbers. No database, no lake, no clock."""
