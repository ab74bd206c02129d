"""The steps of issuing a receipt, one transaction each: sign -> enter into the log -> print and tell its owner."""
