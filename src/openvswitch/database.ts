import net from 'node:net';
import os from 'node:os';
import { type ErrorPlace, NetlinkError } from '../errors/errors';
import { JsonFrames } from './frames';
import { ANNOUNCE, DATABASE, type Operation, type Row } from './operations';

/** The database, and the place that errors name. */
export interface DatabasePlace extends Omit<ErrorPlace, 'object'> {
  /** The path of its Unix socket. */
  readonly socket: string;
  /** The time allowed for all of the work, in milliseconds. */
  readonly timeoutMs: number;
}

/** The result of one operation of a transaction. */
export interface OperationResult {
  readonly rows?: readonly Row[];
  readonly error?: string;
  readonly details?: string;
}

interface Message {
  readonly id: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly result?: unknown;
  readonly error?: unknown;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Waiting {
  readonly generation: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const { ECONNRESET, EEXIST, EIO, ENOENT, EPROTO, ETIMEDOUT } = os.constants.errno;
const HELP =
  "is Open vSwitch running? Start its service (Debian's package openvswitch-switch), or name its socket: openvswitch: { socket }";

/** A connection to Open vSwitch's database, which uses JSON-RPC (RFC 7047). */
export class Database {
  readonly #place: DatabasePlace;
  readonly #socket: net.Socket;
  readonly #frames = new JsonFrames();
  readonly #pending = new Map<unknown, Pending>();
  #count = 0;
  /** The configuration number that ovs-vswitchd has confirmed; undefined until first monitored. */
  #confirmed: number | undefined;
  #waiting: Waiting | undefined;

  private constructor(place: DatabasePlace, socket: net.Socket) {
    this.#place = place;
    this.#socket = socket;
    const problem = 'the database closed the connection';
    socket.on('data', (bytes) => {
      this.#receive(bytes);
    });
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      this.#fail(this.#error(-(cause.errno ?? -EIO), cause.message));
    });
    socket.on('close', () => {
      this.#fail(this.#error(ECONNRESET, problem));
    });
  }

  /** Connects, runs `work`, and closes. Rejects with NetlinkError if no one listens or the work takes too long. */
  static async use<T>(place: DatabasePlace, work: (database: Database) => Promise<T>): Promise<T> {
    const database = new Database(place, await connect(place));
    const timer = setTimeout(() => {
      const detail = `no answer within ${String(place.timeoutMs)} ms: is ovs-vswitchd running beside its database?`;
      database.#fail(database.#error(ETIMEDOUT, detail));
    }, place.timeoutMs);
    try {
      return await work(database);
    } finally {
      clearTimeout(timer);
      database.#socket.removeAllListeners('close').destroy();
    }
  }

  /** Reads, or changes without waiting for the effect. All operations or none; rejects with the database's error. */
  async transact(operations: readonly Operation[]): Promise<OperationResult[]> {
    const results = (await this.#call('transact', [DATABASE, ...operations])) as (OperationResult | null)[];
    const refusal = results.find((result) => result?.error !== undefined);
    if (refusal) throw this.#refused(refusal);
    return results.map((result) => result ?? {});
  }

  /** Changes the database, and returns the number of the new configuration. */
  async commit(operations: readonly Operation[]): Promise<number> {
    const results = await this.transact([...operations, ...ANNOUNCE]);
    return Number(results.at(-1)?.rows?.[0]?.['next_cfg']);
  }

  /** Waits until ovs-vswitchd has applied that configuration. */
  async reached(generation: number): Promise<void> {
    const columns = { Open_vSwitch: { columns: ['cur_cfg'] } };
    if (this.#confirmed === undefined) this.#note(await this.#call('monitor', [DATABASE, null, columns]));
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { generation, resolve, reject };
      this.#check();
    });
  }

  #call(method: string, params: readonly unknown[]): Promise<unknown> {
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  #send(message: Message): void {
    this.#socket.write(JSON.stringify(message));
  }

  #receive(bytes: Buffer): void {
    try {
      for (const message of this.#frames.push(bytes)) this.#take(message as Message);
    } catch (cause) {
      this.#fail(this.#error(EPROTO, `the database does not speak OVSDB: ${String(cause)}`));
    }
  }

  #take({ id, method, params = [], result, error }: Message): void {
    // The database checks from time to time whether its clients are alive.
    if (method === 'echo') this.#send({ id, result: params, error: null });
    else if (method === 'update') this.#note(params[1]);
    else if (method === undefined) this.#settle(id, result, error);
  }

  #settle(id: unknown, result: unknown, error: unknown): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === null || error === undefined) pending?.resolve(result);
    else pending?.reject(this.#refused(error));
  }

  // Reads the single row of the table Open_vSwitch. The reply with its initial state may be processed after the first
  // update, if both came in the same packet; the number only grows.
  #note(update: unknown): void {
    const { Open_vSwitch: rows = {} } = update as { Open_vSwitch?: Record<string, { new?: Row }> };
    const seen = Object.values(rows).map(({ new: row }) => Number(row?.['cur_cfg'] ?? -1));
    this.#confirmed = Math.max(this.#confirmed ?? -1, ...seen);
    this.#check();
  }

  #check(): void {
    if (this.#waiting && (this.#confirmed ?? -1) >= this.#waiting.generation) this.#waiting.resolve();
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#waiting?.reject(error);
  }

  // A duplicate name is found when the transaction is committed, or by an earlier operation that checks for it.
  #refused({ error = '', details = '' }: OperationResult): NetlinkError {
    if (error === 'constraint violation' && details.includes('index'))
      return this.#error(EEXIST, 'a bridge or port of this name is in the database: delete it first');
    if (error === 'timed out') return this.#error(ENOENT, 'the bridge is no longer in the database');
    return this.#error(EIO, [error, details].filter(Boolean).join(': '));
  }

  #error(errno: number, detail: string): NetlinkError {
    return new NetlinkError({ ...this.#place, object: this.#place.socket, errno, detail });
  }
}

function connect(place: DatabasePlace): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: place.socket });
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      const errno = -(cause.errno ?? -EIO);
      const what = { object: place.socket, syscall: 'connect', detail: HELP, cause };
      reject(new NetlinkError({ ...place, ...what, errno }));
    });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
