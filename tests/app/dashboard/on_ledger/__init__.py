"""Pages of one ledger, which is served from the first of these tests to the last: no other is served meanwhile."""
