"""Errors of the log.

CarbonLedgerError
└── PermanentError
    └── NotFoundError
        └── NoSuchProofError      the log has no such leaf, or never signed a checkpoint of this size
"""

from core.errors import NotFoundError


class NoSuchProofError(NotFoundError):
    code = "no-such-proof"

    def __init__(self, *, leaf_index: int, size: int) -> None:
        self.leaf_index, self.size = leaf_index, size
        super().__init__(f"The log has no checkpoint of {size} leaves with leaf {leaf_index}.")
