"""SCTP, which Node has not: `serve NAME ADDRESS PORT...` answers its name; `ask SOURCE`s of `ADDRESS PORT` lines print answers."""

import selectors
import socket
import sys

SCTP = 132
PATIENCE = 15


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(name, pairs):
    selector = selectors.DefaultSelector()
    for address, port in zip(pairs[::2], pairs[1::2]):
        listener = socket.socket(family_of(address), socket.SOCK_STREAM, SCTP)
        listener.bind((address, int(port)))
        listener.listen(64)
        selector.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            accepted, _ = key.fileobj.accept()
            accepted.send(name.encode())
            accepted.close()


def ask(triples):
    selector = selectors.DefaultSelector()
    for i in range(0, len(triples), 3):
        source, address, port = triples[i : i + 3]
        asking = socket.socket(family_of(address), socket.SOCK_STREAM, SCTP)
        asking.bind((source, 0))
        asking.setblocking(False)
        asking.connect_ex((address, int(port)))
        selector.register(asking, selectors.EVENT_READ, f"{address} {port}")
    while selector.get_map():
        ready = selector.select(PATIENCE)
        if not ready:
            break
        for key, _ in ready:
            try:
                print(key.data, key.fileobj.recv(64).decode() or "no answer", flush=True)
            except OSError as error:
                print(key.data, error.strerror.replace(" ", "-"), flush=True)
            selector.unregister(key.fileobj)
            key.fileobj.close()


if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3:])
else:
    ask(sys.argv[2:])
