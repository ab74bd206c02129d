"""Why a receipt's file cannot be handed out yet."""

from core.errors import ConflictError


class ReceiptNotReadyError(ConflictError):
    """The receipt is being prepared: it has no bytes that would stay."""

    code = "receipt-not-ready"

    def __init__(self, serial: str) -> None:
        self.serial = serial
        super().__init__(
            f"Receipt {serial} is being prepared. Its files are there within minutes; you are told by mail."
        )
