"""What people are shown of tiers, subscriptions and billing periods, and what they may do with them."""
