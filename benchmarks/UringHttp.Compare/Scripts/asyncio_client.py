"""What the clients on asyncio have in common: how workers run, how requests are paced, how idle connections are opened."""

import asyncio
import os

import pattern
import rounds

IDLE_AT_ONCE = 500


async def no_wait():
    pass


class AsyncioClient:
    """A subclass opens a session, and fetches: await fetch(session, url, body, hold), with `await hold()` between head and body."""

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
        if self._row != command["row"] or command["idleConnections"]:
            if self._session:
                await self.close(self._session)
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
        return self._round.result(idle)

    async def _work(self, command, body):
        while (started_at := self._round.try_start()) is not None:
            await self._fetch(command, body, started_at)

    async def _fetch(self, command, body, started_at):
        try:
            await self.fetch(self._session, command["url"], body, no_wait)
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
        gate, tasks = asyncio.Event(), []
        plain = dict(command, sink="Discard")
        shared = pattern.Pattern(command["bodyLength"])
        for first in range(0, count, IDLE_AT_ONCE):
            opened = []
            for _ in range(first, min(first + IDLE_AT_ONCE, count)):
                began = asyncio.get_running_loop().create_future()

                async def hold(began=began):
                    began.set_result(None)
                    await gate.wait()

                opened.append(began)
                tasks.append(asyncio.ensure_future(self.fetch(self._session, command["url"], rounds.Body(plain, shared, 1), hold)))
            await asyncio.wait_for(asyncio.gather(*opened), 60)
        gate.set()
        await asyncio.gather(*tasks)
        del tasks
        return {
            "connections": count, "managedBytes": 0, "residentBytes": (rounds.memory("VmRSS:") - memory) / count,
            "descriptors": (len(os.listdir("/proc/self/fd")) - files) / count,
        }
