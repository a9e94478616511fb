"""Step 2, demand review: baseline with ranges, layers, consensus demand, accuracy and value added."""
