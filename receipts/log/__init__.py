"""The transparency log: an RFC 6962 tree in the database, its checkpoints, tiles and proofs, and its audit."""
