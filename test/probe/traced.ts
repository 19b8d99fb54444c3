import { spawnSync } from 'node:child_process';

/** The netlink messages that a command sends, in a namespace of its own, as strace saw them leave. The command may fail. */
export function sentBy(command: string, args: readonly string[], input = ''): Buffer[] {
  const trace = ['-e', 'trace=sendmsg', '-e', 'raw=sendmsg', '-e', 'write=all'];
  const { stderr } = spawnSync('unshare', ['-n', 'strace', ...trace, command, ...args], {
    encoding: 'utf8',
    input,
  });
  const buffers = stderr.split(/^ \* \d+ bytes in buffer \d+$/m).slice(1);
  return buffers.flatMap((dump) => {
    const lines = [...dump.matchAll(/^ \| [0-9a-f]+ {2}(.{49})/gm)].map(
      (line) => line[1]?.replaceAll(' ', '') ?? '',
    );
    return [...messagesIn(Buffer.from(lines.join(''), 'hex'))];
  });
}

function* messagesIn(datagram: Buffer): Generator<Buffer> {
  for (let at = 0; at + 16 <= datagram.length;) {
    const length = datagram.readUInt32LE(at);
    yield datagram.subarray(at, at + length);
    at += Math.max((length + 3) & ~3, 16);
  }
}
