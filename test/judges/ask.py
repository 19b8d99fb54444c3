"""Sends rtnetlink messages and tells the kernel's answers; knows nothing of netloom.

Reads a JSON array of messages in hexadecimal from standard input and writes one object for each: errno (0: accepted) and,
of the extended acknowledgement, text, offset and policy (by the numbers of enum netlink_policy_type_attr).
"""
import json
import socket
import struct
import sys

SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 270, 10, 11, 12
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_ACK_TLVS = 0x200
TEXT, OFFSET, POLICY = 1, 2, 4


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        if length < 4:
            return
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def answer(flags, payload, repeated):
    """`repeated`: the bytes of the request's header that stand behind the error; the answers are capped."""
    out = {"errno": -struct.unpack_from("i", payload)[0]}
    for kind, value in attributes(payload[4 + repeated :] if flags & NLM_F_ACK_TLVS else b""):
        if kind == TEXT:
            out["text"] = value.rstrip(b"\0").decode()
        elif kind == OFFSET:
            out["offset"] = struct.unpack("I", value)[0]
        elif kind == POLICY:
            out["policy"] = {k: int.from_bytes(v, "little") for k, v in attributes(value)}
    return out


def ask(sock, number, message):
    message = bytearray(message)
    struct.pack_into("I", message, 8, number)
    sock.send(message)
    while True:
        data = sock.recv(1 << 16)
        while data:
            length, kind, flags, sequence, _ = struct.unpack_from("IHHII", data)
            if sequence == number and kind == NLMSG_ERROR:
                return answer(flags, data[16:length], 16)
            if sequence == number and kind == NLMSG_DONE:
                return answer(flags, data[16:length], 0)
            data = data[(length + 3) & ~3 :]


def main():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK):
        sock.setsockopt(SOL_NETLINK, option, 1)
    sock.settimeout(10)
    messages = json.load(sys.stdin)
    json.dump([ask(sock, i + 1, bytes.fromhex(m)) for i, m in enumerate(messages)], sys.stdout)


main()
