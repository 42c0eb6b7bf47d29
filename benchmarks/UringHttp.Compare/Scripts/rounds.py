"""What the workers of a round share, and what the process has used in it: see Client/Round.cs and Measurement/."""

import os
import resource
import time

BODIES_PER_SAMPLE = 64
BLOCK_BOUNDARY = 2 * 1024 * 1024


class Body:
    """Takes the body of one answer at a time: counts it, compares a sample, and writes it where the row wants it."""

    def __init__(self, command, pattern, index):
        self._length = command["bodyLength"]
        self._pattern = pattern
        self._path = os.path.join(command["directory"], str(index)) if command["sink"] == "Files" else None
        self.is_wanted_whole = command["sink"] == "Buffers"
        self._received = index
        self._file = None

    def begin(self):
        self._offset = 0
        self.compared = 0
        self._compares_all = self._length <= BLOCK_BOUNDARY and self._received % BODIES_PER_SAMPLE == 0
        self._received += 1
        if self._path:
            self._file = open(self._path, "wb", buffering=0)

    def accept(self, piece):
        end = self._offset + len(piece)
        crosses = self._length > BLOCK_BOUNDARY and (
            self._offset == 0 or end == self._length or self._offset // BLOCK_BOUNDARY != end // BLOCK_BOUNDARY)
        if self._file:
            self._file.write(piece)
        if self._compares_all or crosses:
            sample = bytes(piece if self._compares_all else piece[:64 * 1024])
            if not self._pattern.matches(sample, self._offset):
                raise ValueError(f"the body is not what it must be at {self._offset}")
            self.compared += len(sample)
        self._offset = end

    def end(self):
        if self._file:
            self._file.close()
            self._file = None
        if self._offset != self._length:
            raise ValueError(f"the body has {self._offset} bytes instead of {self._length}")


class Round:
    """Counts; also the process's figures between begin and end."""

    def __init__(self, limit):
        self.begun_at = time.perf_counter()
        self._ends_at = self.begun_at + limit["seconds"] if limit["seconds"] > 0 else float("inf")
        self._most = limit["requests"] or float("inf")
        self._started = 0
        self._latency = []
        self._bytes = self._compared = self.errors = 0
        self.first_error = None
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
        self._before = resource.getrusage(resource.RUSAGE_SELF)

    def try_start(self):
        """The time from which a latency is measured, or None when the round is over."""
        now = time.perf_counter()
        if now >= self._ends_at or self._started >= self._most or self.errors:
            return None
        self._started += 1
        return now

    def try_start_at(self, index, rate):
        """When a request of a fixed rate is to start, or None when the round is over by then."""
        due = self.begun_at + index / rate
        return None if due >= self._ends_at or index >= self._most or self.errors else due

    def finish(self, started_at, length, compared):
        self._latency.append(time.perf_counter() - started_at)
        self._bytes += length
        self._compared += compared

    def fail(self, error):
        self.errors += 1
        self.first_error = self.first_error or repr(error)

    def result(self, idle=None):
        after = resource.getrusage(resource.RUSAGE_SELF)
        wall = time.perf_counter() - self.begun_at
        values = sorted(self._latency) or [0]
        return {
            "requests": len(self._latency), "bodyBytes": self._bytes, "comparedBytes": self._compared, "wallSeconds": wall,
            "userCpuSeconds": after.ru_utime - self._before.ru_utime, "systemCpuSeconds": after.ru_stime - self._before.ru_stime,
            "allocatedBytes": 0, "collections": [], "compilationSeconds": 0, "peakMemoryBytes": memory("VmHWM:"),
            "latency": {
                name: 1e6 * values[min(len(values) - 1, int(part * len(values)))]
                for name, part in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("max", 1)]},
            "idle": idle, "errors": self.errors, "firstError": self.first_error,
        }


def memory(field):
    """A field of /proc/self/status, in bytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))
