"""Warm child processes: started ahead with the engine's imports done, so that short work need not wait for them."""
