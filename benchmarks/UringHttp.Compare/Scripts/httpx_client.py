import httpx

from asyncio_client import AsyncioClient


class Client(AsyncioClient):
    def describe(self):
        return f"asyncio, httpx {httpx.__version__}"

    def open(self):
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=None)
        return httpx.AsyncClient(limits=limits, timeout=None)

    async def close(self, session):
        await session.aclose()

    async def fetch(self, session, url, body):
        async with session.stream("GET", url) as response:
            response.raise_for_status()
            body.begin()
            if body.is_wanted_whole:
                body.accept(await response.aread())
            else:
                async for piece in response.aiter_raw():
                    body.accept(piece)
            body.end()
