"""Has many namespaces talk to each other by TCP, all at once; knows nothing of netloom.

Reads from standard input { "servers": [[netns, name], …], "rounds": [[[netns, address, name], …], …] }, where a netns is the
path of a namespace. Each server answers on its port with its name and what it was asked. The calls of a round all begin before
the first is answered. Writes for each round the calls that did not get the answer of the server that they name.
"""
import ctypes
import errno
import json
import os
import select
import signal
import socket
import struct
import sys
import time

PORT = 7777
LIMIT_S = 60
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(netns):
    fd = os.open(netns, os.O_RDONLY | os.O_CLOEXEC)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns", netns)
    os.close(fd)


def listener(netns, isIpv6):
    enter(netns)
    family, everywhere = (socket.AF_INET6, "::") if isIpv6 else (socket.AF_INET, "0.0.0.0")
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((everywhere, PORT))
    sock.listen(65535)
    return sock


def serve(servers, isIpv6, ready):
    """Never returns. A call ends with the caller's reset, so that no connection outlives its namespace."""
    poll, listeners, calls = select.epoll(), {}, {}
    for netns, name in servers:
        sock = listener(netns, isIpv6)
        listeners[sock.fileno()] = (sock, name)
        poll.register(sock, select.EPOLLIN)
    os.write(ready, b"!")
    while True:
        for fd, _ in poll.poll():
            if fd in listeners:
                sock, name = listeners[fd]
                try:
                    call, _ = sock.accept()
                except OSError:
                    continue
                calls[call.fileno()] = (call, name)
                poll.register(call, select.EPOLLIN)
                continue
            call, name = calls[fd]
            try:
                question = call.recv(256)
                if question:
                    call.send(name.encode() + b" " + question)
                    continue
            except OSError:
                pass
            poll.unregister(fd)
            del calls[fd]
            call.close()


def begin(netns, address):
    enter(netns)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    state = sock.connect_ex((address, PORT))
    return sock if state in (0, errno.EINPROGRESS) else (sock.close() or os.strerror(state))


def exchange(calls):
    poll, waiting, failed = select.epoll(), {}, []
    for number, (netns, address, name) in enumerate(calls):
        sock = begin(netns, address)
        if isinstance(sock, str):
            failed.append([number, netns, address, sock])
            continue
        waiting[sock.fileno()] = (sock, number)
        poll.register(sock, select.EPOLLOUT)
    end = time.monotonic() + LIMIT_S
    while waiting and time.monotonic() < end:
        for fd, events in poll.poll(1):
            sock, number = waiting[fd]
            netns, address, name = calls[number]
            question = b"%d" % number
            try:
                if events & select.EPOLLOUT:
                    sock.send(question)
                    poll.modify(fd, select.EPOLLIN)
                    continue
                answer = sock.recv(256)
                if answer != name.encode() + b" " + question:
                    failed.append([number, netns, address, answer.decode()])
            except OSError as error:
                failed.append([number, netns, address, error.strerror])
            poll.unregister(fd)
            del waiting[fd]
            sock.close()
    for sock, number in waiting.values():
        failed.append([number, *calls[number][:2], "no answer"])
        sock.close()
    return failed


def main():
    task = json.load(sys.stdin)
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        isIpv6 = any(":" in address for calls in task["rounds"] for _, address, _ in calls)
        serve(task["servers"], isIpv6, tell)
    os.close(tell)
    try:
        if os.read(ready, 1) != b"!":
            raise SystemExit("the servers do not stand")
        json.dump([exchange(calls) for calls in task["rounds"]], sys.stdout)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


main()
