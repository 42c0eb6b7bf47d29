import threading
from concurrent.futures import ThreadPoolExecutor

import requests

import pattern
import rounds

THREADS = 50
PIECE = 64 * 1024


class Client:
    """One session, fifty threads, whatever the row says: as the write-up that it stands for."""

    def __init__(self, use_uvloop):
        self._session = requests.Session()
        adapter = requests.adapters.HTTPAdapter(pool_connections=THREADS, pool_maxsize=THREADS)
        self._session.mount("http://", adapter)
        self._session.trust_env = False  # or each request looks for proxies and .netrc
        self._pool = ThreadPoolExecutor(THREADS)
        self._lock = threading.Lock()

    def describe(self):
        return f"threads, requests {requests.__version__}"

    def run(self, command):
        shared = pattern.Pattern(command["bodyLength"])
        round_ = rounds.Round(command["limit"] or command["warmUp"])
        threads = min(THREADS, command["concurrency"])
        list(self._pool.map(lambda index: self._work(command, round_, rounds.Body(command, shared, index)), range(threads)))
        return round_.result()

    def _work(self, command, round_, body):
        while True:
            with self._lock:
                started_at = round_.try_start()
            if started_at is None:
                return
            try:
                with self._session.get(command["url"], stream=True) as response:
                    response.raise_for_status()
                    body.begin()
                    for piece in [response.content] if body.is_wanted_whole else response.iter_content(PIECE):
                        body.accept(piece)
                    body.end()
                with self._lock:
                    round_.finish(started_at, command["bodyLength"], body.compared)
            except Exception as error:
                with self._lock:
                    round_.fail(error)
