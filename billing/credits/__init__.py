"""The pool of carbon credits: whole registry units come in, are retired, and grams of them are allotted to periods.

CSV of registry serials -> import_file -> ops.credit_blocks (held) -> retirements (ordered -> retired | failed, through
a RetirementBackend) -> allocation (grams of retired units, all or nothing for a billing period) -> ops.allocations.
"""
