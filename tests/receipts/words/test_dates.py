import pytest

from receipts.words import dates


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "October 2026"),
        ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "December 2026"),
        ("2026-10-05T00:00:00Z", "2026-11-05T00:00:00Z", "5 October to 4 November 2026"),
        ("2026-12-15T00:00:00Z", "2027-01-15T00:00:00Z", "15 December 2026 to 14 January 2027"),
        ("2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z", "1 October to 30 November 2026"),
        ("2026-10-05T14:30:00Z", "2026-11-01T00:00:00Z", "5 October 2026, 14:30 UTC to 1 November 2026, 00:00 UTC"),
    ],
)
def test_a_period_is_named_as_people_name_it(start: str, end: str, text: str) -> None:
    assert dates.period(start, end) == text


def test_a_day_is_read_off_a_date_and_off_an_instant() -> None:
    assert dates.day("2026-10-28") == dates.day("2026-10-28T23:59:59Z") == "28 October 2026"


@pytest.mark.parametrize("text", ["2026-10-28", "2026-10-28T00:00:00+00:00", "2026-10-28T00:00:00.5Z"])
def test_an_instant_has_one_form(text: str) -> None:
    with pytest.raises(ValueError, match="does not match format"):
        dates.instant(text)
