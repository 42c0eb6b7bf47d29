"""A client in Python as an arm of UringHttp.Compare: arm.py aiohttp|httpx|requests [uvloop]. Speaks the lines of Client/Protocol.cs."""

import importlib
import json
import resource
import sys


def write(value):
    print(json.dumps(value), flush=True)


def main(library, *loops):
    for module in [library, *loops]:
        try:
            importlib.import_module(module)
        except ImportError:
            needed = " ".join(f"python3-{name}" for name in [library, *loops])
            write({"backend": "none", "unavailable": f"{module} is not installed; on Debian: apt-get install -y {needed}"})
            return
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    client = importlib.import_module(f"{library}_client").Client("uvloop" in loops)
    write({"backend": ", ".join([client.describe(), *loops])})
    for line in sys.stdin:
        write(client.run(json.loads(line)))


main(*sys.argv[1:])
