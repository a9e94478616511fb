"""Calculations that take their time: queued in the store, run by workers, each in a killable process."""
