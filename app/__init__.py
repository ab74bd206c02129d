"""What people and programs reach: one ASGI process with the API and the dashboard, and the server's command line."""
