"""What the owners of an organization are told of its receipts, in the app and by mail."""

from receipts.words import dates

_ISSUED = "The receipt for your AI usage in {period} is ready: {serial}."
_REPLACES = "It replaces {replaces}, which no longer holds."
_TEST = "It is a test receipt: no credit was retired for it."
_LINKS = "Receipt: {page_url}\nPDF: {pdf_url}\nFor whoever checks it (shows the whole receipt, no log-in): {verify_url}"


def issued(
    *,
    serial: str,
    period_start: str,
    period_end: str,
    replaces: str | None,
    is_test: bool,
    page_url: str,
    pdf_url: str,
    verify_url: str,
) -> tuple[str, str]:
    """Title and body. Instants are as a receipt writes them; `replaces`: the serial of a voided receipt."""
    sentences = [_ISSUED.format(period=dates.period(period_start, period_end), serial=serial)]
    if replaces is not None:
        sentences.append(_REPLACES.format(replaces=replaces))
    if is_test:
        sentences.append(_TEST)
    links = _LINKS.format(page_url=page_url, pdf_url=pdf_url, verify_url=verify_url)
    return f"Receipt {serial} is ready", f"{' '.join(sentences)}\n\n{links}"
