"""The commands of `carbonledger`, one module each: arguments -> what is found -> an exit code."""
