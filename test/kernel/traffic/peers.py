"""
Servers that answer with the name of their network namespace, and clients that ask them, over TCP, UDP and SCTP.

Each line of stdin is a command in JSON, each line of stdout its result:
  ["listen", [{place, protocol, address, port}]]           null, once all listen
  ["ask", [{place, protocol, address, port, ...}]]         who answered each, all asked at once, or why nobody did
  ["again", [name]]                                        who answered each on its kept connection
  ["release", [name]]                                      null, once these connections are closed

A question may have a source, `from: [address, port]`, a `size` in bytes, and a name to `keep` its connection under.
"""

import asyncio
import ctypes
import errno
import json
import os
import socket
import sys

CLONE_NEWNET = 0x40000000
PATIENCE = 60  # seconds that an answer may take: an emulated machine is slow

libc = ctypes.CDLL(None, use_errno=True)
kinds = {"tcp": (socket.SOCK_STREAM, 6), "udp": (socket.SOCK_DGRAM, 17), "sctp": (socket.SOCK_STREAM, 132)}
namespaces = {}
kept = {}


def make_socket(place, protocol, address):
    """A socket belongs to the namespace that its thread was in when it was made."""
    if place not in namespaces:
        namespaces[place] = os.open(f"/run/netns/{place}", os.O_RDONLY)
    if libc.setns(namespaces[place], CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, *kinds[protocol])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setblocking(False)
    return made


def listen(loop, place, protocol, address, port):
    server, name = make_socket(place, protocol, address), place.encode()
    server.bind((address, port))

    def answer_datagram():
        _, asking = server.recvfrom(65536)
        server.sendto(name, asking)

    def accept():
        accepted, _ = server.accept()
        accepted.setblocking(False)
        loop.add_reader(accepted, answer, accepted)

    def answer(accepted):
        try:
            if received := accepted.recv(65536):
                if received.endswith(b"?"):
                    accepted.send(name)
                return
        except OSError:
            pass  # the client has reset the connection, which ends it as well
        loop.remove_reader(accepted)
        accepted.close()

    if protocol == "udp":
        loop.add_reader(server, answer_datagram)
    else:
        server.listen(1024)
        loop.add_reader(server, accept)


async def ask(loop, place, protocol, address, port, source=None, size=4, keep=None):
    asking = make_socket(place, protocol, address)

    async def connect():
        if source:
            asking.bind(tuple(source))
        await loop.sock_connect(asking, (address, port))
        return await exchange(loop, asking, size)

    try:
        return await patiently(connect())
    finally:
        if keep:
            kept[keep] = asking
        else:
            asking.close()


async def exchange(loop, asking, size=4):
    await loop.sock_sendall(asking, b"who?".rjust(size))
    return (await loop.sock_recv(asking, 64)).decode() or "closed"


async def patiently(answer):
    try:
        return await asyncio.wait_for(answer, PATIENCE)
    except asyncio.TimeoutError:
        return "no answer"
    except OSError as error:
        return errno.errorcode[error.errno]


async def carry_out(loop, name, items):
    if name == "listen":
        for item in items:
            listen(loop, **item)
    elif name == "ask":
        asked = [ask(loop, item.pop("place"), source=item.pop("from", None), **item) for item in items]
        return await asyncio.gather(*asked)
    elif name == "again":
        return await asyncio.gather(*[patiently(exchange(loop, kept[item])) for item in items])
    elif name == "release":
        for item in items:
            kept.pop(item).close()
    return None


async def main():
    loop = asyncio.get_running_loop()
    commands = asyncio.Queue()
    loop.add_reader(sys.stdin, lambda: commands.put_nowait(sys.stdin.readline()))
    while line := await commands.get():
        print(json.dumps(await carry_out(loop, *json.loads(line))), flush=True)


asyncio.run(main())
