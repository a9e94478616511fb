"""Excel files: templates and books written, read, patched and filled; the executive pack."""
