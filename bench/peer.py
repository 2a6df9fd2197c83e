"""Times snippets of Python for the benchmarks: one JSON request a line in, one JSON answer a line out.

{"setup": ..., "code": ..., "after": ...}  prepares a snippet; answers {"id": n}
{"setup": ..., "value": ...}  computes a value; answers {"values": its numbers in a list}
{"id": n, "count": c}                      runs it c times; answers {"seconds": s}
{"forget": true}                           forgets all snippets; answers {}
Anything that fails answers {"error": text}.
"""

import json
import sys
import textwrap

TEMPLATE = """
from time import perf_counter
def make():
{setup}
    def run(count):
        start = perf_counter()
        for _ in range(count):
            {code}
        {after}
        return perf_counter() - start
    return run
"""

runners = []


def prepare(request):
    setup = textwrap.indent(textwrap.dedent(request["setup"]), "    ")
    space = {}
    exec(TEMPLATE.format(setup=setup, code=request["code"], after=request.get("after", "pass")), space)
    runners.append(space["make"]())
    return {"id": len(runners) - 1}


def values(request):
    space = {}
    exec(request["setup"], space)
    value = eval(request["value"], space)
    flat = value.reshape(-1) if hasattr(value, "reshape") else [value]
    return {"values": [float(number) for number in flat]}


def answer(request):
    if "id" in request:
        return {"seconds": runners[request["id"]](request["count"])}
    if "forget" in request:
        runners.clear()
        return {}
    if "value" in request:
        return values(request)
    return prepare(request)


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # noqa: BLE001 (the other side reports it)
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
