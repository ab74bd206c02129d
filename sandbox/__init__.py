"""Servers on loopback that speak as the outside world does. Started as processes of their own; imported by nobody."""
