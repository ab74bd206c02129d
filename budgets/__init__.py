"""Monthly CO2e budgets of organizations and projects: what they say, how a month stands, and who is told of it."""
