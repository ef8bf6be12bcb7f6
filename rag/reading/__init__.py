"""One reader per family of formats, and the one table that says which reads what."""
