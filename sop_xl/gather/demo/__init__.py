"""The bundled demo: published monthly prescriptions, and an illustrative supply chain around them."""
