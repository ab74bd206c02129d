"""What verification raises."""


class VerificationError(ValueError):
    """What was given cannot be relied on. Its sentence says why, for people."""
