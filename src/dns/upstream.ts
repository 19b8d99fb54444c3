import { randomInt } from 'node:crypto';
import { askTcp, askUdp, type OpenSocket } from './ask';
import {
  asReplyTo,
  isCut,
  isLame,
  NOTIMP,
  rcodeOf,
  REFUSED,
  SERVFAIL,
  type Transport,
  withId,
} from './message';

/** One server that did not help, and why. */
export interface FailedServer {
  readonly server: string;
  readonly reason: string;
}

/** No server helped. */
export interface Unanswered {
  readonly failed: readonly FailedServer[];
  /** What all of them answered, if they answered alike; else SERVFAIL. */
  readonly rcode: number;
}

/** Whom to ask, and how. */
export interface Servers {
  /** In the order in which to ask them. */
  readonly addresses: readonly string[];
  /** How often all of them are asked. */
  readonly attempts: number;
  /** How long a server may take, by its place in the list, in milliseconds. */
  readonly timeoutMs: (index: number) => number;
  /** A datagram without an answer is sent again after so many milliseconds; absent: with the next attempt. */
  readonly resendMs?: number;
}

/**
 * By 'udp' the answer is passed on as it is, and who asked sees whether it was cut; 'whole' asks the same server again by
 * TCP for what was cut.
 */
export type Way = Transport | 'whole';

const UNHELPFUL = new Map([
  [SERVFAIL, 'SERVFAIL'],
  [NOTIMP, 'NOTIMP'],
  [REFUSED, 'REFUSED'],
]);

/** Servers that are asked one after another until one helps. */
export class Upstreams {
  readonly #open: OpenSocket;
  readonly #underWay = new Set<AbortController>();
  #closed = false;

  constructor(open: OpenSocket) {
    this.#open = open;
  }

  /** The first helpful reply, under the query's own number, and who gave it; else what was wrong with each server. */
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

  /** Ends everything under way, and with it all sockets. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#underWay) controller.abort(new Error('what asked was closed'));
  }

  async #askOne(
    query: Buffer,
    server: string,
    way: Way,
    timeoutMs: number,
    resendMs: number | undefined,
  ): Promise<Buffer> {
    // Forgers would have to guess our number as well as our port.
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
      const isWhole = way !== 'whole' || !isCut(reply);
      return asReplyTo(query, isWhole ? reply : await askTcp(place));
    } catch (error) {
      throw (controller.signal.reason as Error | undefined) ?? error;
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(controller);
    }
  }
}

/** What came had another number or question, or was no message. */
const ASTRAY = 'sent no answer to what was asked, and nothing else in time';

function* attemptsOf({
  addresses,
  attempts,
  timeoutMs,
}: Servers): Generator<{ server: string; timeoutMs: number }> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (const [index, server] of addresses.entries()) yield { server, timeoutMs: timeoutMs(index) };
  }
}

// Node.js drops datagrams from link-local addresses unless it has a device of that index at home (ENXIO); of streams it asks
// nobody's name, and every server has to take them (RFC 7766).
function isScoped(server: string): boolean {
  return server.includes('%');
}

// Why the next server is asked, as the C library does (res_send.c).
function problemOf(reply: Buffer): string | undefined {
  return isLame(reply) ? 'nothing, and asks nobody' : UNHELPFUL.get(rcodeOf(reply));
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
