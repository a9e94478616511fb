"""Step 4, reconciliation: the functions' books merged, their plans side by side, their contradictions told."""
