import { randomInt } from 'node:crypto';
import { askTcp, askUdp, type OpenSocket } from './ask';
import {
  asReplyTo,
  isTruncated,
  isLame,
  NOTIMP,
  rcodeOf,
  REFUSED,
  SERVFAIL,
  type Transport,
  withId,
} from './message';

/** A server that did not help, and the reason. */
export interface FailedServer {
  readonly server: string;
  readonly reason: string;
}

/** No server helped. */
export interface Unanswered {
  readonly failed: readonly FailedServer[];
  /** The error that all of them answered, if the same; else SERVFAIL. */
  readonly rcode: number;
}

/** The servers to ask, and how. */
export interface Servers {
  /** In the order in which to ask them. */
  readonly addresses: readonly string[];
  /** How often to ask all of them. */
  readonly attempts: number;
  /** Time allowed for a server in milliseconds, by its position in the list. */
  readonly timeoutMs: (index: number) => number;
  /** An unanswered datagram is sent again after this many milliseconds; absent: only with the next attempt. */
  readonly resendMs?: number;
}

/**
 * With 'udp', a truncated reply is passed on, and the client sees the flag; 'whole' repeats the query to the same
 * server over TCP.
 */
export type Way = Transport | 'whole';

const UNHELPFUL = new Map([
  [SERVFAIL, 'SERVFAIL'],
  [NOTIMP, 'NOTIMP'],
  [REFUSED, 'REFUSED'],
]);

/** Asks servers one after another until one helps. */
export class Upstreams {
  readonly #open: OpenSocket;
  readonly #underWay = new Set<AbortController>();
  #closed = false;

  constructor(open: OpenSocket) {
    this.#open = open;
  }

  /** The first helpful reply, with the query's id, and its server; else the problem of each server. */
  async ask(
    query: Buffer,
    servers: Servers,
    way: Way,
  ): Promise<{ server: string; reply: Buffer } | Unanswered> {
    const failed: FailedServer[] = [];
    const rcodes = new Set<number>();
    for (const { server, timeoutMs } of attemptsOf(servers)) {
      if (this.#closed) break;
      try {
        const reply = await this.#askOne(query, server, way, timeoutMs, servers.resendMs);
        const problem = problemOf(reply);
        if (problem === undefined) return { server, reply };
        rcodes.add(rcodeOf(reply) || SERVFAIL);
        failed.push({ server, reason: `answered ${problem}` });
      } catch (error) {
        rcodes.add(SERVFAIL);
        failed.push({ server, reason: reasonOf(error) });
      }
    }
    const [rcode = SERVFAIL] = rcodes;
    return { failed, rcode: rcodes.size === 1 ? rcode : SERVFAIL };
  }

  /** Ends all queries in progress, with their sockets. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#underWay)
      controller.abort(new Error('the resolver or its namespace was closed'));
  }

  async #askOne(
    query: Buffer,
    server: string,
    way: Way,
    timeoutMs: number,
    resendMs: number | undefined,
  ): Promise<Buffer> {
    // A random id: a forger would have to guess the id as well as the port.
    const asked = withId(query, randomInt(0x10000));
    const controller = new AbortController();
    let strays = 0;
    const late = (): void => controller.abort(new Error(strays > 0 ? ASTRAY : 'did not answer in time'));
    const timer = setTimeout(late, timeoutMs).unref();
    this.#underWay.add(controller);
    try {
      const stray = (): void => {
        strays += 1;
      };
      const place = { query: asked, server, open: this.#open, signal: controller.signal, stray };
      const reply = way === 'tcp' || isScoped(server) ? await askTcp(place) : await askUdp(place, resendMs);
      const isWhole = way !== 'whole' || !isTruncated(reply);
      return asReplyTo(query, isWhole ? reply : await askTcp(place));
    } catch (error) {
      throw (controller.signal.reason as Error | undefined) ?? error;
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(controller);
    }
  }
}

/** The reply had another id or question, or was malformed. */
const ASTRAY = 'sent only replies that do not match the query';

function* attemptsOf({
  addresses,
  attempts,
  timeoutMs,
}: Servers): Generator<{ server: string; timeoutMs: number }> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (const [index, server] of addresses.entries()) yield { server, timeoutMs: timeoutMs(index) };
  }
}

// Node.js drops datagrams from link-local addresses unless the process's namespace has a device with that index
// (ENXIO). It has no such check for streams, which every server must accept (RFC 7766).
function isScoped(server: string): boolean {
  return server.includes('%');
}

// Why the next server is asked; the same rules as the C library's (res_send.c).
function problemOf(reply: Buffer): string | undefined {
  return isLame(reply) ? 'with no records, and offers no recursion' : UNHELPFUL.get(rcodeOf(reply));
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
