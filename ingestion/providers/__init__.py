"""One module a provider, behind the protocol of `protocol.py`: HTTP and JSON on one side, UsageRow on the other."""
