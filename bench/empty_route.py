"""What FastAPI itself costs on this machine: a route that does nothing, served as the product serves its own."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/empty")
def empty() -> dict[str, str]:
    return {"status": "ok"}
