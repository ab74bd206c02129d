"""The pool of credits as anybody may see it, with the sums that have to hold."""
