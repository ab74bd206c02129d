"""The REST API: FastAPI routers that parse, call one function, and answer. `create_api` puts them together."""
