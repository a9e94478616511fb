"""Questions in plain language about the plan. Nothing is here yet."""
