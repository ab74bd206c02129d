"""Why a file of a receipt is not handed out."""

from core.errors import ConflictError, PermanentError


class ReceiptNotReadyError(ConflictError):
    """The receipt is being prepared: it has no bytes that would stay."""

    code = "receipt-not-ready"

    def __init__(self, serial: str) -> None:
        self.serial = serial
        super().__init__(
            f"Receipt {serial} is being prepared. Its files are there within minutes; you are told by mail."
        )


class SealedUsageChangedError(PermanentError):
    """What is stored is no longer what was signed: rows or factors were changed past the guards."""

    code = "sealed-usage-changed"

    def __init__(self, serial: str) -> None:
        self.serial = serial
        super().__init__(
            f"The sealed usage of receipt {serial} is not what was signed. The operator has to look into it."
        )
