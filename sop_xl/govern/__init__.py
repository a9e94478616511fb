"""Steps 5 and 6: decisions, risks, actions, and the states of a submission."""
