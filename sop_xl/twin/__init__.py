"""The digital twin: plans carried out in thousands of courses of demand, yield, breakdowns and late supply."""
