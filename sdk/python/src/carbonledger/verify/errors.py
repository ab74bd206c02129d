"""What verification raises."""


class VerificationError(ValueError):
    """What was given cannot be relied on. Its sentence says why, for people."""


class CannotCheckError(Exception):
    """What checking needs is not there: a file, a server, a library. It says nothing about the receipt."""
