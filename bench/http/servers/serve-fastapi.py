"""The benchmark's endpoints on FastAPI, served by uvicorn with uvloop and httptools, one process."""

import asyncio
import os
from typing import Annotated, Literal

import uvicorn
from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field


class Hello(BaseModel):
    hello: str


class User(BaseModel):
    id: int
    page: int
    tags: list[str]


class Size(BaseModel):
    width: float
    height: float


class NewItem(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    sku: str = Field(min_length=8, max_length=8)
    price: float = Field(gt=0)
    quantity: int = Field(ge=0, le=1000)
    active: bool
    category: Literal["book", "food", "tool"]
    tags: list[str] = Field(max_length=10)
    size: Size


class Item(NewItem):
    id: int


class Row(BaseModel):
    id: int
    name: str
    price: float
    active: bool
    tags: list[str]


app = FastAPI()
lists = {
    count: [
        {
            "id": index,
            "name": f"Item number {index}",
            "price": index / 4,
            "active": index % 3 == 0,
            "tags": ["red", "green"],
            "internalNote": "never leaves",
        }
        for index in range(count)
    ]
    for count in (100, 10_000)
}


@app.get("/json", response_model=Hello)
async def read_hello():
    return {"hello": "world"}


async def read_agent(user_agent: Annotated[str, Header()] = ""):
    return user_agent


async def read_settings():
    return {"limit": 10}


async def read_page(
    agent: Annotated[str, Depends(read_agent)], settings: Annotated[dict, Depends(read_settings)]
):
    return len(agent) + settings["limit"]


@app.get("/three", response_model=Hello)
async def read_three(
    agent: Annotated[str, Depends(read_agent)],
    settings: Annotated[dict, Depends(read_settings)],
    page: Annotated[int, Depends(read_page)],
):
    return {"hello": "world" if page > 0 else "nobody"}


@app.get("/users/{id}", response_model=User)
async def read_user(id: int, page: Annotated[int, Query(ge=1)], tags: Annotated[list[str], Query()]):
    return {"id": id, "page": page, "tags": tags}


@app.post("/items", response_model=Item)
async def create_item(item: NewItem):
    return {"id": 1, **item.model_dump(), "internalNote": "never leaves"}


@app.get("/wait/{seconds}")
async def wait(seconds: int):
    await asyncio.sleep(seconds)
    return {"waited": seconds}


@app.get("/list/{count}", response_model=list[Row])
async def read_list(count: int):
    return lists[count]


@app.get("/stream")
async def stream():
    chunk = b"x" * 65_536

    async def chunks():
        for _ in range(1_600):
            yield chunk

    return StreamingResponse(chunks(), media_type="application/octet-stream")


@app.post("/upload")
async def upload(request: Request):
    return {"bytes": sum([len(chunk) async for chunk in request.stream()])}


def declare_part(index: int):
    @app.get(f"/part{index}/items/{{id}}")
    async def read_part(id: int):
        return {"part": index, "id": id}


for number in range(int(os.environ.get("EXTRA_ROUTES", "0"))):
    declare_part(number)


class AnnouncingServer(uvicorn.Server):
    """Says when connections are accepted."""

    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        print("ready", flush=True)


config = uvicorn.Config(
    app,
    host="127.0.0.1",
    port=int(os.environ.get("PORT", "8000")),
    loop="uvloop",
    http="httptools",
    log_level="critical",
    access_log=False,
)
AnnouncingServer(config).run()
