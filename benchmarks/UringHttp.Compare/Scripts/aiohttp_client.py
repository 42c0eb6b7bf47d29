import aiohttp

from asyncio_client import AsyncioClient

LONGER_THAN_A_ROW = 3600


class Client(AsyncioClient):
    def describe(self):
        return f"asyncio, aiohttp {aiohttp.__version__}"

    def open(self):
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=LONGER_THAN_A_ROW)
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None), trust_env=False)

    async def close(self, session):
        await session.close()

    async def fetch(self, session, url, body):
        async with session.get(url) as response:
            response.raise_for_status()
            body.begin()
            if body.is_wanted_whole:
                body.accept(await response.read())
            else:
                async for piece in response.content.iter_any():
                    body.accept(piece)
            body.end()
