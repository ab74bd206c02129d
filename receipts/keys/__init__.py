"""The keys that sign receipts and the log's checkpoints: made, rotated, revoked, published."""
