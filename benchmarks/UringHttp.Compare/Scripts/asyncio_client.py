"""What the clients on asyncio have in common: how workers run, how requests are paced, how idle connections are opened."""

import asyncio
import os

import pattern
import rounds


class AsyncioClient:
    """A subclass opens a session, and fetches: await fetch(session, url, body)."""

    def __init__(self, use_uvloop):
        if use_uvloop:
            import uvloop
            self._loop = uvloop.new_event_loop()
        else:
            self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._row = None
        self._session = None

    def run(self, command):
        return self._loop.run_until_complete(self._run(command))

    async def _run(self, command):
        if self._row != command["row"]:
            await self._close()
            self._row = command["row"]
            self._session = self.open()
            shared = pattern.Pattern(command["bodyLength"])
            self._bodies = [rounds.Body(command, shared, i) for i in range(command["concurrency"])]
        idle = await self._open_idle(command) if command["idleConnections"] else None
        self._round = rounds.Round(command["limit"] or command["warmUp"])
        if command["requestsPerSecond"]:
            await self._run_paced(command)
        else:
            await asyncio.gather(*[self._work(command, body) for body in self._bodies])
        result = self._round.result(idle)
        if idle:
            await self._close()  # all arms' at once would be more than a server may hold
        return result

    async def _close(self):
        if self._session:
            await self.close(self._session)
        self._session = self._row = None

    async def _work(self, command, body):
        while (started_at := self._round.try_start()) is not None:
            await self._fetch(command, body, started_at)

    async def _fetch(self, command, body, started_at):
        try:
            await self.fetch(self._session, command["url"], body)
            self._round.finish(started_at, command["bodyLength"], body.compared)
        except Exception as error:
            self._round.fail(error)

    async def _run_paced(self, command):
        free = asyncio.Queue()
        for body in self._bodies:
            free.put_nowait(body)
        index, loop = 0, asyncio.get_running_loop()

        async def fetch_and_free(body, due):
            await self._fetch(command, body, due)
            free.put_nowait(body)

        tasks = set()
        offset = loop.time() - self._round.begun_at  # their clocks need not be one
        while (due := self._round.try_start_at(index, command["requestsPerSecond"])) is not None:
            index += 1
            wait = due + offset - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            task = loop.create_task(fetch_and_free(await free.get(), due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)

    async def _open_idle(self, command):
        count = command["idleConnections"]
        memory, files = rounds.memory("VmRSS:"), len(os.listdir("/proc/self/fd"))
        plain = dict(command, sink="Discard")
        bodies = [rounds.Body(plain, None, 1) for _ in range(count)]
        await asyncio.gather(*[self.fetch(self._session, command["idleUrl"], body) for body in bodies])
        del bodies
        return {
            "connections": count, "managedBytes": 0, "residentBytes": (rounds.memory("VmRSS:") - memory) / count,
            "descriptors": (len(os.listdir("/proc/self/fd")) - files) / count,
        }
