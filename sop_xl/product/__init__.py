"""Step 1, product review: lifecycle, obsolescence, excess stock, sunset. Launches are a layer of demand."""
