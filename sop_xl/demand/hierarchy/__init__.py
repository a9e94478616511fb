"""Levels of demand that add up: SKU-channel, SKU, family and total, from forecasts that at first do not."""
