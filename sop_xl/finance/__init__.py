"""Step 4, finance: profit and loss of a plan, bridge, currency, family pages, key figures."""
