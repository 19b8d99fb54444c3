import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { frame, messagesOf } from './frames';

/** The reply to a client's message; undefined for none. Never rejects. */
export type Answer = (message: Buffer, client: string) => Promise<Buffer | undefined>;

/** Maximum number of connections. */
const MOST = 256;
const MOST_OF_ONE = 32;
/** Maximum number of unanswered questions per connection. */
const MOST_UNDER_WAY = 32;
/** A connection without a complete question for this long is closed (RFC 7766 6.2.3). */
const IDLE_MS = 10_000;

/**
 * The connections of a resolver. At the limit, the client with the most connections loses the one whose last question
 * is the oldest. Incomplete questions do not count.
 */
export class Connections {
  readonly #answer: Answer;
  /** Maximum length of a question, in bytes. */
  readonly #longest: number;
  /** By client, in the order of the last question. */
  readonly #open = new Map<string, Set<Connection>>();
  #count = 0;

  constructor(answer: Answer, longest: number) {
    this.#answer = answer;
    this.#longest = longest;
  }

  add(socket: Socket): void {
    const { remoteAddress: client } = socket;
    // The client has disconnected already.
    if (client === undefined) {
      socket.destroy();
      return;
    }
    this.#makeRoom(client);
    const mine = this.#open.get(client) ?? new Set();
    this.#open.set(client, mine);
    const connection = new Connection(socket, (message) => {
      mine.delete(connection);
      mine.add(connection);
      return this.#answer(message, client);
    });
    mine.add(connection);
    this.#count++;
    socket.once('close', () => {
      this.#count--;
      mine.delete(connection);
      if (mine.size === 0 && this.#open.get(client) === mine) this.#open.delete(client);
    });
    void connection.serve(this.#longest);
  }

  close(): void {
    for (const connections of this.#open.values()) for (const one of connections) one.reset();
  }

  #makeRoom(client: string): void {
    const own = this.#open.get(client);
    if (own !== undefined && own.size >= MOST_OF_ONE) dropOldest(own);
    else if (this.#count >= MOST) dropOldest(this.#largest());
  }

  #largest(): Set<Connection> {
    return [...this.#open.values()].reduce((a, b) => (b.size > a.size ? b : a));
  }
}

function dropOldest(connections: Set<Connection>): void {
  const [oldest] = connections;
  // The 'close' event comes later; the connection must not be chosen twice.
  if (oldest !== undefined) connections.delete(oldest);
  oldest?.reset();
}

/** Questions arrive in any number and in pieces. Each is answered as soon as its answer is known (RFC 7766 6.2.1.1). */
class Connection {
  readonly #socket: Socket;
  readonly #answer: (message: Buffer) => Promise<Buffer | undefined>;
  readonly #idle: NodeJS.Timeout;
  readonly #closed = new AbortController();
  #underWay = 0;

  constructor(socket: Socket, answer: (message: Buffer) => Promise<Buffer | undefined>) {
    this.#socket = socket;
    this.#answer = answer;
    this.#idle = setTimeout(() => this.reset(), IDLE_MS).unref();
    socket.unref();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(this.#idle);
      this.#closed.abort();
    });
  }

  /** Reset, not FIN: a closing socket pins the host's namespace until the peer acknowledges. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Answers until the client has sent its last question and the last reply is written. Never rejects. */
  async serve(longest: number): Promise<void> {
    try {
      // A client may close its half of the connection and wait for replies.
      for await (const message of messagesOf(this.#socket.iterator({ destroyOnReturn: false }), longest)) {
        this.#idle.refresh();
        void this.#serveOne(message);
        await this.#room(MOST_UNDER_WAY);
      }
      await this.#room(1);
      this.#socket.end();
    } catch {
      // A client that breaks the connection has its replies, or does not want them.
      this.#socket.destroy();
    }
  }

  async #serveOne(message: Buffer): Promise<void> {
    this.#underWay++;
    const reply = await this.#answer(message);
    this.#underWay--;
    this.#idle.refresh();
    if (reply && this.#socket.writable) this.#socket.write(frame(reply));
    this.#socket.emit(ANSWERED);
  }

  // Waits until fewer than `most` questions are unanswered and the client has read its replies, then for one turn of
  // the event loop.
  async #room(most: number): Promise<void> {
    while (this.#underWay >= most) await once(this.#socket, ANSWERED, this.#closed);
    while (this.#socket.writableNeedDrain) await once(this.#socket, 'drain', this.#closed);
    await nextTurn();
  }
}

const ANSWERED = Symbol('answered');
