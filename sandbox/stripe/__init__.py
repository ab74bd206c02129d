"""A Stripe-speaking server on loopback: one account, in memory, of API version 2026-10-28.endive."""
