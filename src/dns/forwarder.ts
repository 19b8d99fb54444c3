import { channel } from 'node:diagnostics_channel';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { OpenSocket } from './ask';
import { Connections } from './connections';
import {
  badVersion,
  failure,
  fit,
  FORMERR,
  isQuery,
  NOTIMP,
  opcodeOf,
  type Query,
  readQuery,
  REFUSED,
  SERVFAIL,
  type Transport,
} from './message';
import { TYPE } from './records';
import { FairQueue } from './fair-queue';
import { type FailedServer, type Servers, Upstreams } from './upstream';
import type { Zone } from './zone';

/** Options of a {@link Forwarder}. */
export interface ForwarderOptions {
  /** The address to listen on, on port 53. */
  readonly address: string;
  /** Opens its sockets in the right namespace. */
  readonly open: OpenSocket;
  /** The current names for a client, by its address: those of the network, then any others. */
  readonly zones: (client: string) => Promise<readonly Zone[]>;
  /** The name of the network. */
  readonly network: string;
  /** The current servers for all other questions. */
  readonly servers: () => ForwarderServers;
}

export interface ForwarderServers extends Servers {
  /** Asks the servers over TCP only, as the host does. */
  readonly useVc: boolean;
  /** Asks the servers in this order, instead of first the one that last helped. */
  readonly rotate: boolean;
}

/** Published on the diagnostics channel `netloom:dns` when no server could help. */
export interface UnansweredQuestion {
  readonly network: string;
  readonly name: string;
  readonly type: string;
  /** Empty if the host has no resolver. */
  readonly servers: readonly FailedServer[];
}

const PORT = 53;
// Questions are short. Longer ones are attempts to waste our time; they are truncated and then malformed.
const LONGEST_QUESTION = 4096;
// Each question in progress uses a descriptor of this process; clients inside must not exhaust them.
const LIMITS = { total: 256, each: 32, waiting: 512, waitingBytes: 65_536, patienceMs: 5000 };

const unanswered = channel('netloom:dns');

/**
 * A small resolver: knows the names of its client's networks, and forwards all other questions unchanged. It answers
 * every client that can reach it: the network's firewall blocks all others. It parses only a message's question and
 * whether there is an OPT record. Its sockets do not keep the process alive.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #upstreams: Upstreams;
  readonly #turns = new FairQueue(LIMITS);
  readonly #udp = dgram.createSocket('udp4');
  readonly #tcp: Server;
  readonly #connections: Connections;
  /** The server that last helped; asked first. */
  #preferred: string | undefined;

  private constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#upstreams = new Upstreams(options.open);
    this.#connections = new Connections(
      (message, client) => this.#answer(message, client, 'tcp'),
      LONGEST_QUESTION,
    );
    this.#tcp = createServer({ allowHalfOpen: true }, (socket) => this.#connections.add(socket));
  }

  /** Starts a forwarder. Rejects if it cannot listen, with nothing left open. */
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
    this.#connections.close();
  }

  async #listen(): Promise<void> {
    const { address, open } = this.#options;
    this.#udp.bind({ fd: open('udp', address, PORT) });
    this.#udp.unref();
    // Only the reply to a client that has gone fails.
    this.#udp.on('error', () => undefined);
    this.#udp.on('message', (message, client) => {
      void this.#answer(message.subarray(0, LONGEST_QUESTION), client.address, 'udp').then((reply) => {
        if (reply) this.#reply(reply, client);
      });
    });
    this.#tcp.listen({ fd: open('tcp', address, PORT) });
    this.#tcp.unref();
    await once(this.#tcp, 'listening');
  }

  #reply(reply: Buffer, { port, address }: dgram.RemoteInfo): void {
    try {
      this.#udp.send(reply, port, address, () => undefined);
    } catch {
      // The socket was closed before the reply was sent.
    }
  }

  /** The reply; undefined for none. Never rejects. */
  async #answer(message: Buffer, client: string, transport: Transport): Promise<Buffer | undefined> {
    if (!isQuery(message)) return undefined;
    if (opcodeOf(message) !== 0) return failure(message, NOTIMP);
    const query = readQuery(message);
    if (query === undefined) return failure(message, FORMERR);
    if (query.badVersion) return badVersion(query);
    try {
      const reply = (await this.#known(query, client)) ?? (await this.#forward(query, client, transport));
      return fit(query, reply, transport);
    } catch (error) {
      return explained(query, SERVFAIL, (error as Error).message);
    }
  }

  /** The first reply of the client's zones; undefined if none of them has the name. */
  async #known(query: Query, client: string): Promise<Buffer | undefined> {
    for (const zone of await this.#options.zones(client)) {
      const reply = zone.answer(query);
      if (reply) return reply;
    }
    return undefined;
  }

  async #forward(query: Query, client: string, transport: Transport): Promise<Buffer> {
    // Zone transfers take many messages.
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return failure(query.bytes, REFUSED);
    return this.#turns.run(client, query.bytes.length, async () => {
      const servers = this.#options.servers();
      const way = servers.useVc ? 'tcp' : transport;
      const found = await this.#upstreams.ask(query.bytes, this.#ordered(servers), way);
      if ('reply' in found) {
        this.#preferred = found.server;
        return found.reply;
      }
      const { name, typeName: type } = query;
      unanswered.publish({
        network: this.#options.network,
        name,
        type,
        servers: found.failed,
      } satisfies UnansweredQuestion);
      return explained(query, found.rcode, explain(found.failed));
    });
  }

  #ordered(servers: ForwarderServers): Servers {
    if (servers.rotate) return servers;
    const isLater = (server: string): number => Number(server !== this.#preferred);
    return { ...servers, addresses: [...servers.addresses].sort((a, b) => isLater(a) - isLater(b)) };
  }
}

function explained(query: Query, rcode: number, reason: string): Buffer {
  return failure(query.bytes, rcode, query.extended ? { reason: `netloom: ${reason}` } : undefined);
}

function explain(failed: readonly FailedServer[]): string {
  if (failed.length === 0) return 'the host has no resolver: set dns.upstreams';
  return failed.map(({ server, reason }) => `${server}: ${reason}`).join('; ');
}
