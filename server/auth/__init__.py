"""People and safety: who is asking, what they may do, and whose data they may see. Nothing is open unless it says so."""
