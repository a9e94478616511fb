"""Cell functions: what a formula gives is read as Excel people mean it, handed to the engine, and spilled back."""
