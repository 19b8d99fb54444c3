import { channel } from 'node:diagnostics_channel';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { frame, messagesOf } from './frames';
import {
  failure,
  fit,
  FORMERR,
  isQuery,
  NOTIMP,
  opcodeOf,
  type Query,
  readQuery,
  SERVFAIL,
  type Transport,
} from './message';
import { type FailedServer, type OpenSocket, Upstreams } from './upstream';
import { answerLocally, type Zone } from './zone';

/** What a resolver needs to know. */
export interface ForwarderOptions {
  /** Where it listens, on port 53. */
  readonly address: string;
  /** Opens its sockets where they belong. */
  readonly open: OpenSocket;
  /** The network as it is now. */
  readonly zone: () => Promise<Zone>;
  /** The servers to ask for everything else, as they are now. */
  readonly servers: () => readonly string[];
  /** How long one server may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What is published on the diagnostics channel `netloom:dns` when no server could help. */
export interface UnansweredQuestion {
  readonly network: string;
  readonly name: string;
  readonly type: string;
  /** Empty: the host has no resolver at all. */
  readonly servers: readonly FailedServer[];
}

const PORT = 53;
// Each waiting question holds a descriptor of this process; nobody inside may use them all up.
const MOST_WAITING = 256;
const MOST_CONNECTIONS = 64;
const IDLE_MS = 10_000;

const unanswered = channel('netloom:dns');

/**
 * A small resolver: knows the names of one network, and passes every other question on as it came. Whoever reaches it is
 * answered: the network's firewall keeps strangers away from its address. None of its sockets keeps the process alive.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #upstreams: Upstreams;
  readonly #udp = dgram.createSocket('udp4');
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  private constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#upstreams = new Upstreams(options.open, options.timeoutMs);
    this.#tcp = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  /** Starts one. Rejects if it cannot listen; then nothing is left open. */
  static async start(options: ForwarderOptions): Promise<Forwarder> {
    const forwarder = new Forwarder(options);
    try {
      await forwarder.#listen();
    } catch (error) {
      forwarder.close();
      throw error;
    }
    return forwarder;
  }

  /** Closes all sockets at once. */
  close(): void {
    this.#upstreams.close();
    this.#udp.close();
    this.#tcp.close();
    // Not by a goodbye, which would hold the host's namespace until it is heard.
    for (const socket of this.#connections) socket.resetAndDestroy();
  }

  async #listen(): Promise<void> {
    const { address, open } = this.#options;
    this.#udp.bind({ fd: open('udp', address, PORT) });
    this.#udp.unref();
    // What fails is one answer, to a client that is gone.
    this.#udp.on('error', () => undefined);
    this.#udp.on('message', (message, client) => {
      void this.#answer(message, 'udp').then((reply) => {
        if (reply) this.#reply(reply, client);
      });
    });
    this.#tcp.maxConnections = MOST_CONNECTIONS;
    this.#tcp.listen({ fd: open('tcp', address, PORT) });
    this.#tcp.unref();
    await once(this.#tcp, 'listening');
  }

  #reply(reply: Buffer, { port, address }: dgram.RemoteInfo): void {
    try {
      this.#udp.send(reply, port, address, () => undefined);
    } catch {
      // Closed while the answer was on its way.
    }
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.unref();
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.once('close', () => this.#connections.delete(socket));
    const answers = async function* (this: Forwarder, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const message of messagesOf(source)) {
        const reply = await this.#answer(message, 'tcp');
        if (reply) yield frame(reply);
      }
    }.bind(this);
    // A client that breaks its connection has had its answers, or does not want them.
    pipeline(socket, answers, socket).catch(() => socket.destroy());
  }

  /** What to answer; undefined for nothing at all. Never rejects. */
  async #answer(message: Buffer, transport: Transport): Promise<Buffer | undefined> {
    if (!isQuery(message)) return undefined;
    if (opcodeOf(message) !== 0) return failure(message, NOTIMP);
    const query = readQuery(message);
    if (query === undefined) return failure(message, FORMERR);
    try {
      const zone = await this.#options.zone();
      const reply = answerLocally(query, zone) ?? (await this.#forward(query, zone, transport));
      return fit(query, reply, transport);
    } catch (error) {
      return failure(message, SERVFAIL, query.extended ? `netloom: ${(error as Error).message}` : undefined);
    }
  }

  async #forward(query: Query, zone: Zone, transport: Transport): Promise<Buffer> {
    if (this.#upstreams.waiting >= MOST_WAITING) throw new Error('too many questions wait for an answer');
    const reply = await this.#upstreams.ask(query.bytes, this.#options.servers(), transport);
    if (Buffer.isBuffer(reply)) return reply;
    const { name, type } = query;
    unanswered.publish({ network: zone.name, name, type, servers: reply } satisfies UnansweredQuestion);
    throw new Error(explain(reply));
  }
}

function explain(failed: readonly FailedServer[]): string {
  if (failed.length === 0) return 'the host has no resolver: name one in dns.upstreams';
  return failed.map(({ server, reason }) => `${server}: ${reason}`).join('; ');
}
