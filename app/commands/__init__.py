"""What the commands of the command line call, where that takes more than one line."""
