"""What is made: usage observations (polled) and the warehouse's models (built)."""
