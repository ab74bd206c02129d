"""A credit broker on loopback, in the shapes that CNaught publishes (docs.cnaught.com/api-reference, read 2026-11-22).

Orders are placed in kilograms from a portfolio, fulfilled by retiring units of it, and read again one by one or as a
list. An order's certificate is a PDF at a public address.
"""
