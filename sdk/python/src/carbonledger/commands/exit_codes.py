"""What the exit codes of `carbonledger` mean, for scripts."""

from enum import IntEnum


class ExitCode(IntEnum):
    VALID = 0
    NOT_VALID = 1
    BAD_INPUT = 2
    """The arguments, or a file that holds no receipt."""
    NOT_CHECKED = 3
    """Nothing was found wrong, but not everything could be checked: no network, no trust, no log proof."""
