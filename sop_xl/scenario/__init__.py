"""Step 4, scenarios: drivers, the standard set, options we may choose, comparison and recommendation."""
