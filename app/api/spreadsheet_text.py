"""Text that is safe to open in a spreadsheet: a cell that it would run as a formula starts with an apostrophe.

A spreadsheet runs what begins with = + - or @, also in the full-width forms of East Asian keyboards, and looks for it
behind white space and quotes; a tab or line break at the start shifts what follows into another cell. Where the decimal
sign is a comma, cells are separated by semicolons, whatever the file says: so a cell may begin inside of one.
Source: https://owasp.org/www-community/attacks/CSV_Injection and CVE-2021-41270.
"""

import re

_RUN = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_BREAKS = "\t\r\n"
_SKIPPED = "[\\s\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb\uff02\uff07\u0000-\u0020\u200b-\u200f\u2060\ufeff]*"

_FORMULA = re.compile(f"(^|[;{_BREAKS}])(?={_SKIPPED}[{_RUN}])")
_SHIFT = re.compile(f"^(?={_SKIPPED}[{_BREAKS}])")


def spreadsheet_text(text: str) -> str:
    """The text itself, or with an apostrophe before each part that a spreadsheet would run.

    Text without such a part is never changed.
    """
    neutral = _FORMULA.sub(r"\1'", text)
    return neutral if neutral.startswith("'") and neutral != text else _SHIFT.sub("'", neutral)
