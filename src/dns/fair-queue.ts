/** Limits of a scarce resource, in total and per client. */
export interface QueueLimits {
  /** How many jobs may run at once. */
  readonly total: number;
  readonly each: number;
  /** How many further jobs of one client may wait, and their total size in bytes. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** In milliseconds. A client that has waited longer has asked another server by now. */
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

/** Schedules jobs fairly: a client with many jobs delays itself, not others. Waiting clients take turns. */
export class FairQueue {
  readonly #limits: QueueLimits;
  /** Clients with running or waiting jobs, in the order of their last turn. */
  readonly #clients = new Map<string, Client>();
  #running = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /**
   * Runs the job at the client's turn. The client's newest job runs first: its answer is the most likely to be still
   * awaited. Rejects a job that has waited too long, and the oldest ones beyond the limit.
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
      oldest.giveUp(new Error('too many queries of this client are waiting'));
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

  /** The newest job, unless even that one has waited too long. */
  #patient(client: Client): Waiting | undefined {
    for (let next = client.queue.pop(); next !== undefined; next = client.queue.pop()) {
      client.bytes -= next.bytes;
      if (Date.now() - next.since <= this.#limits.patienceMs) return next;
      next.giveUp(new Error('the query waited too long in the queue'));
    }
    return undefined;
  }
}
