"""Receipts: the signed document, the keys that sign it, its PDF, and the transparency log."""
