"""Amounts of money as people read them, from whole cents."""


def money(cents: int, currency: str = "usd") -> str:
    """`$29`, `$29.50`; other currencies by their code: `29.50 EUR`."""
    whole, rest = divmod(abs(cents), 100)
    sign, amount = "−" if cents < 0 else "", f"{whole:,}.{rest:02d}"
    if currency.lower() != "usd":
        return f"{sign}{amount} {currency.upper()}"
    return f"{sign}${amount.removesuffix('.00')}"
