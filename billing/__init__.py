"""Tiers, Stripe, billing periods, their close, and the credits that are allotted to them."""
