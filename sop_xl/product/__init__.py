"""Step 1, product review: lifecycle, obsolescence, launches. Nothing is here yet; launches are a layer of demand."""
