"""The demo: one command from nothing to a page with 90 days of usage of three providers."""
