"""The store: append-only tables of cycles, submissions, events and hash-chained versions in a SQL database."""
