"""Forward-only migrations: `NNNN_name.sql` beside this file, each applied once, in order, in its own transaction.

A checksum of every applied file is kept; a file that changed after it was applied stops the run. An advisory lock lets
two processes start at once: the second finds nothing to do.
"""
