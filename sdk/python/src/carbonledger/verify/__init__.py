"""Verify carbon receipts."""
