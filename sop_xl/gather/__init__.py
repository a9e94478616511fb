"""Step 0, data gathering: from sources to frozen planning inputs, with data quality and the demo's data."""
