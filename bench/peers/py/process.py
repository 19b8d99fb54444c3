"""A process as cheaply as Python starts one, for the peers that are programs."""
import os


def spawn(argv, env, stdin=b""):
    """What it prints; ends this program if it fails."""
    ir, iw = os.pipe()
    orr, ow = os.pipe()
    pid = os.posix_spawn(argv[0], argv, env, file_actions=[
        (os.POSIX_SPAWN_DUP2, ir, 0), (os.POSIX_SPAWN_DUP2, ow, 1)])
    os.close(ir), os.close(ow)
    os.write(iw, stdin), os.close(iw)
    out = b""
    while b := os.read(orr, 65536):
        out += b
    os.close(orr)
    st = os.waitpid(pid, 0)[1]
    if st:
        raise SystemExit(f"{argv} {env.get('CNI_COMMAND', '')}: status {st}: {out!r}")
    return out
