/** How much of something scarce there is, in all and for each client. */
export interface Limits {
  /** How many may be under way. */
  readonly total: number;
  readonly each: number;
  /** How many of one client may wait besides, and with how many bytes. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** In milliseconds. Who has waited longer has asked somebody else by now. */
  readonly patienceMs: number;
}

interface Waiting {
  readonly bytes: number;
  readonly since: number;
  readonly start: () => void;
  readonly giveUp: (error: Error) => void;
}

interface Client {
  running: number;
  bytes: number;
  readonly queue: Waiting[];
}

/**
 * Has work done in turns: whoever asks for much waits behind itself, not before others. Each client that waits comes next as
 * often as every other one.
 */
export class Turns {
  readonly #limits: Limits;
  /** Those that have work under way or waiting; who had a turn last stands last. */
  readonly #clients = new Map<string, Client>();
  #running = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Does the work when it is the client's turn: of one client what came last, whose answer is the likeliest to be awaited still.
   * Rejects what has waited too long, or is the oldest of too much.
   */
  async run<T>(client: string, bytes: number, work: () => Promise<T>): Promise<T> {
    await this.#turn(client, bytes);
    try {
      return await work();
    } finally {
      this.#end(client);
    }
  }

  #turn(name: string, bytes: number): Promise<void> {
    const { total, each, waiting, waitingBytes } = this.#limits;
    const client = this.#clients.get(name) ?? { running: 0, bytes: 0, queue: [] };
    this.#clients.set(name, client);
    if (this.#running < total && client.running < each) {
      this.#begin(name, client);
      return Promise.resolve();
    }
    client.bytes += bytes;
    const turn = new Promise<void>((start, giveUp) => {
      client.queue.push({ bytes, since: Date.now(), start, giveUp });
    });
    while (client.queue.length > waiting || client.bytes > waitingBytes) {
      const oldest = client.queue.shift() as Waiting;
      client.bytes -= oldest.bytes;
      oldest.giveUp(new Error('too many of your questions wait for an answer'));
    }
    return turn;
  }

  #begin(name: string, client: Client): void {
    client.running++;
    this.#running++;
    this.#clients.delete(name);
    this.#clients.set(name, client);
  }

  #end(name: string): void {
    const client = this.#clients.get(name) as Client;
    client.running--;
    this.#running--;
    if (client.running === 0 && client.queue.length === 0) this.#clients.delete(name);
    this.#next();
  }

  #next(): void {
    for (const [name, client] of this.#clients) {
      const waiting = client.running < this.#limits.each ? this.#patient(client) : undefined;
      if (waiting === undefined) continue;
      this.#begin(name, client);
      waiting.start();
      return;
    }
  }

  /** The last that came, unless even that has waited too long. */
  #patient(client: Client): Waiting | undefined {
    for (let next = client.queue.pop(); next !== undefined; next = client.queue.pop()) {
      client.bytes -= next.bytes;
      if (Date.now() - next.since <= this.#limits.patienceMs) return next;
      next.giveUp(new Error('the question waited too long for its turn'));
    }
    return undefined;
  }
}
