import dgram from 'node:dgram';
import { isIPv6, Socket } from 'node:net';
import { frame, messagesOf } from './frames';
import { isReplyTo, type Transport } from './message';

/** Opens a socket in the asking namespace, bound to an address; returns its descriptor. Port 0: any. */
export type OpenSocket = (type: Transport, address: string, port: number) => number;

/** A query to one server. */
export interface Asked {
  readonly query: Buffer;
  readonly server: string;
  readonly open: OpenSocket;
  readonly signal: AbortSignal;
  /** Called for a message from the server that does not answer the query. */
  readonly stray?: () => void;
}

const PORT = 53;

/** Asks over UDP, from a separate port that the kernel chooses at random. Rejects when the signal fires. */
export function askUdp({ query, server, open, signal, stray }: Asked, resendMs?: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { any, address } = placeOf(server);
    const fd = open('udp', any, 0);
    const socket = dgram.createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    let resend: NodeJS.Timeout | undefined;
    let ended = false;
    const end = (settle: () => void): void => {
      if (!ended) socket.close();
      ended = true;
      clearInterval(resend);
      settle();
    };
    const fail = (error: Error): void => end(() => reject(error));
    signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
    socket.on('error', fail);
    socket.on('connect', () => {
      socket.send(query);
      if (resendMs !== undefined) resend = setInterval(() => socket.send(query), resendMs).unref();
    });
    socket.on('message', (message) => {
      if (isReplyTo(message, query)) end(() => resolve(message));
      else stray?.();
    });
    socket.bind({ fd });
    socket.unref();
    // On a connected socket, the kernel delivers only this server's datagrams, and ICMP errors about it.
    socket.connect(PORT, address);
  });
}

/** Asks over a TCP connection of its own. Rejects when the signal fires. */
export async function askTcp({ query, server, open, signal, stray }: Asked): Promise<Buffer> {
  const { any, address } = placeOf(server);
  const fd = open('tcp', any, 0);
  // Node.js must not read before the connection is established; its types lack this option.
  const options = { fd, readable: true, writable: true, signal, manualStart: true };
  const socket = new Socket(options);
  socket.unref();
  try {
    socket.connect(PORT, address);
    socket.write(frame(query));
    for await (const message of messagesOf(socket.iterator({ destroyOnReturn: false }))) {
      if (isReplyTo(message, query)) return message;
      stray?.();
    }
    throw new Error('closed the connection');
  } finally {
    // Reset, not FIN: a closing socket pins the host's namespace until the peer acknowledges.
    socket.resetAndDestroy();
  }
}

// A zone names a device of the asking namespace (RFC 4007 11). The socket is bound to it there; Node.js would look for
// the device in the process's namespace.
function placeOf(server: string): { any: string; address: string } {
  const [address = '', zone] = server.split('%');
  if (!isIPv6(address)) return { any: '0.0.0.0', address };
  return { any: zone === undefined ? '::' : `::%${zone}`, address };
}
