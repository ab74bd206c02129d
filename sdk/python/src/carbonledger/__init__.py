"""CarbonLedger for Python."""
