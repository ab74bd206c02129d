"""What a receipt says, from stored rows alone: no clock, no chance, no setting of a session changes a byte of it.

ops.billing_periods + ops.sealed_usage + reference.* + ops.receipt_credits -> sealed usage file -> unsigned document
"""
