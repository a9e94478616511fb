"""Puts the add-in on a person's computer, takes it away again, and finds out what is wrong with it."""
