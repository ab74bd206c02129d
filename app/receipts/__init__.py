"""Receipts as their organization reads them: what there is, how far each has come, its files, and a check of it."""
