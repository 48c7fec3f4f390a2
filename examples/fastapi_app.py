"""A web service that answers with the number in a picture.

    pip install "digitcli[examples]" uvicorn
    uvicorn fastapi_app:app
    curl -F picture=@samples/seven.png http://localhost:8000/number

`digitcli serve` is one that is finished; this shows how to build your own.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, File, HTTPException
from starlette.concurrency import run_in_threadpool

import digitcli
from digitcli.errors import DataError

app = FastAPI(title="Numbers in pictures")


@app.post("/number")
async def number(picture: Annotated[bytes, File(description="PNG, JPEG or the like")]) -> dict:
    """The number, how sure it is, and whether to rely on it."""
    try:
        reading = await run_in_threadpool(digitcli.read, picture)
    except DataError as error:
        raise HTTPException(422, str(error)) from error
    return {
        "number": reading.written,
        "confidence": reading.confidence,
        "is_sure": reading.answer == "digits",
    }
