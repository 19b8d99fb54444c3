import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import { isIPv6, Socket } from 'node:net';
import { frame, messagesOf } from './frames';
import { isReplyTo, NOTIMP, rcodeOf, REFUSED, SERVFAIL, type Transport, withId } from './message';

/** Opens a socket in the namespace that asks, bound to an address; returns its descriptor. Port 0: any. */
export type OpenSocket = (type: Transport, address: string, port: number) => number;

/** One server that did not help, and why. */
export interface FailedServer {
  readonly server: string;
  readonly reason: string;
}

const PORT = 53;
const UNHELPFUL = new Map([
  [SERVFAIL, 'SERVFAIL'],
  [NOTIMP, 'NOTIMP'],
  [REFUSED, 'REFUSED'],
]);

/** Servers that are asked one after another until one helps; the last that did is asked first. */
export class Upstreams {
  readonly #open: OpenSocket;
  /** How long one server may take, in milliseconds. */
  readonly #timeoutMs: number;
  readonly #underWay = new Set<AbortController>();
  #preferred: string | undefined;
  #closed = false;

  constructor(open: OpenSocket, timeoutMs: number) {
    this.#open = open;
    this.#timeoutMs = timeoutMs;
  }

  /** How many questions wait for an answer. */
  get waiting(): number {
    return this.#underWay.size;
  }

  /** The first helpful reply, under the query's own number; else what was wrong with each server. */
  async ask(
    query: Buffer,
    servers: readonly string[],
    transport: Transport,
  ): Promise<Buffer | FailedServer[]> {
    const failed: FailedServer[] = [];
    for (const server of this.#ordered(servers)) {
      if (this.#closed) break;
      try {
        const reply = await this.#askOne(query, server, transport);
        const problem = UNHELPFUL.get(rcodeOf(reply));
        if (problem === undefined) {
          this.#preferred = server;
          return reply;
        }
        failed.push({ server, reason: `answered ${problem}` });
      } catch (error) {
        failed.push({ server, reason: reasonOf(error) });
      }
    }
    return failed;
  }

  /** Ends everything under way, and with it all sockets. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#underWay) controller.abort(new Error('the network was closed'));
  }

  #ordered(servers: readonly string[]): string[] {
    return [...servers].sort((a, b) => Number(b === this.#preferred) - Number(a === this.#preferred));
  }

  async #askOne(query: Buffer, server: string, transport: Transport): Promise<Buffer> {
    // Forgers would have to guess our number as well as our port.
    const asked = withId(query, randomInt(0x10000));
    const controller = new AbortController();
    const late = (): void => controller.abort(new Error('did not answer in time'));
    const timer = setTimeout(late, this.#timeoutMs).unref();
    this.#underWay.add(controller);
    try {
      const { signal } = controller;
      const send = transport === 'udp' ? askUdp : askTcp;
      return withId(await send(asked, server, this.#open, signal), query.readUInt16BE(0));
    } catch (error) {
      throw (controller.signal.reason as Error | undefined) ?? error;
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(controller);
    }
  }
}

function askUdp(query: Buffer, server: string, open: OpenSocket, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fd = open('udp', anyAddress(server), 0);
    const socket = dgram.createSocket(isIPv6(server) ? 'udp6' : 'udp4');
    let ended = false;
    const end = (settle: () => void): void => {
      if (!ended) socket.close();
      ended = true;
      settle();
    };
    const fail = (error: Error): void => end(() => reject(error));
    signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
    socket.on('error', fail);
    socket.on('connect', () => socket.send(query));
    socket.on('message', (message) => {
      if (isReplyTo(message, query)) end(() => resolve(message));
    });
    socket.bind({ fd });
    socket.unref();
    // Connected: the kernel passes on only what that server sends, and the ICMP errors about it.
    socket.connect(PORT, server);
  });
}

async function askTcp(query: Buffer, server: string, open: OpenSocket, signal: AbortSignal): Promise<Buffer> {
  const fd = open('tcp', anyAddress(server), 0);
  // Node.js must not read before the connection stands; its types do not know that option.
  const options = { fd, readable: true, writable: true, signal, manualStart: true };
  const socket = new Socket(options);
  socket.unref();
  try {
    socket.connect(PORT, server);
    socket.write(frame(query));
    for await (const message of messagesOf(socket.iterator({ destroyOnReturn: false }))) {
      if (isReplyTo(message, query)) return message;
    }
    throw new Error('closed the connection');
  } finally {
    // At once: a connection that says goodbye would hold the host's namespace until it is heard.
    socket.resetAndDestroy();
  }
}

function anyAddress(server: string): string {
  return isIPv6(server) ? '::' : '0.0.0.0';
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
