"""The kernel: what every other part stands on and that knows none of them."""
