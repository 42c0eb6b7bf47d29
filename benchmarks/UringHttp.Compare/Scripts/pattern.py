"""What a body of a given length consists of: see Workloads/BodyPattern.cs."""

PERIOD = 65_521
MASK = (1 << 64) - 1


def _make_period():
    data = bytearray(PERIOD)
    state = 0x9E3779B97F4A7C15
    for i in range(PERIOD):
        state ^= (state << 13) & MASK
        state ^= state >> 7
        state ^= (state << 17) & MASK
        data[i] = (state >> 32) & 0xFF
    return bytes(data)


class Pattern:
    """Compares pieces of bodies with what they must be."""

    _twice = _make_period() * 2

    def __init__(self, length):
        self._phase = length % PERIOD

    def matches(self, piece, offset):
        while piece:
            position = (self._phase + offset) % PERIOD
            count = min(len(piece), PERIOD)
            if piece[:count] != self._twice[position:position + count]:
                return False
            piece = piece[count:]
            offset += count
        return True
