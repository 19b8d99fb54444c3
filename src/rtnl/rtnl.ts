import { checkKeys } from '../errors/known-keys';
import { ClosedError } from '../errors/errors';
import { binding } from '../executor/run-program';
import type { NamespaceHandle, SocketHandle } from '../native/handles';
import { hold } from '../nsfs/dependents';
import { collect, type BatchResult, type RtnlBatch } from './batch';
import { exchange, openSocket, type Home } from './exchange';
import { familiesOf, FamilyHolder } from './family';
import { watch, type MonitorGroup, type MonitorOptions, type RtnlEvent } from './monitor';
import type { RtnlRequest } from './request';
import type { OpenNamespace } from '../nsfs/handle';

export interface RtnlOptions {
  /** The namespace that the socket is born in; the calling thread's by default. */
  readonly netns?: OpenNamespace;
  /** Bytes of the socket's receive buffer, forced beyond the system's limit where permitted. */
  readonly receiveBuffer?: number;
}

let socketIn: (rtnl: Rtnl) => SocketHandle | undefined;

/** The socket itself, for programs of the library's own. Undefined while it is not open yet: the first call opens it. */
export function socketOf(rtnl: Rtnl): SocketHandle | undefined {
  return socketIn(rtnl);
}

const collected = new FinalizationRegistry<() => void>((forget) => forget());

// One that was dropped without `close` is not kept for that: its socket goes when it is collected.
function holdUntilCollected(netns: OpenNamespace, rtnl: Rtnl): () => void {
  const reference = new WeakRef(rtnl);
  const forget = hold(netns, () => void reference.deref()?.close());
  collected.register(rtnl, forget);
  return forget;
}

/**
 * One rtnetlink socket, born in one namespace, which it keeps alive while it is open: until
 * `close`, or until this process deletes the namespace. Requests go out in the order of the
 * calls. A kernel's refusal rejects with {@link NetlinkError}, a wrong body with `ValidationError` before anything is sent.
 */
export class Rtnl extends FamilyHolder implements AsyncDisposable {
  readonly #namespace: OpenNamespace | undefined;
  readonly #receiveBuffer: number | undefined;
  #home: Promise<Home> | undefined;
  /** Of the open socket. */
  #socket: SocketHandle | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #forget: (() => void) | undefined;

  static {
    socketIn = (rtnl) => {
      // Who asks has other ways, and takes this one once it is there.
      if (rtnl.#socket === undefined && !rtnl.#closed) rtnl.#open().catch(() => undefined);
      return rtnl.#socket;
    };
  }

  private constructor(options: RtnlOptions) {
    super();
    this.#namespace = options.netns;
    this.#receiveBuffer = options.receiveBuffer;
    const send = (requests: readonly RtnlRequest[]): Promise<BatchResult[]> => this.#send(requests);
    Object.assign(this, familiesOf(send));
  }

  /** Opens a socket in a namespace. Rejects with NetlinkError EPERM where the namespace may not be entered. */
  static async open(options: RtnlOptions = {}): Promise<Rtnl> {
    checkKeys(options, ['netns', 'receiveBuffer'], 'rtnl.open');
    const rtnl = new Rtnl(options);
    await rtnl.#open();
    rtnl.#forget = options.netns && holdUntilCollected(options.netns, rtnl);
    return rtnl;
  }

  /** Like {@link Rtnl.open}, but the socket is opened by the first request. */
  static lazy(netns: OpenNamespace): Rtnl {
    return new Rtnl({ netns });
  }

  /**
   * Sends many requests at once: one result each, in order. A refused request does not keep the others from being
   * carried out; use a Plan for all or nothing.
   */
  async batch(fill: (batch: RtnlBatch) => void): Promise<BatchResult[]> {
    return this.#send(collect(fill));
  }

  /**
   * What changes in the namespace, from now on until the loop is left, the signal fires or this process deletes the
   * namespace. A `resync` event tells that the kernel dropped events: read the state anew.
   */
  monitor(groups?: readonly MonitorGroup[], options: MonitorOptions = {}): AsyncIterableIterator<RtnlEvent> {
    checkKeys(options, ['signal', 'allNamespaces', 'receiveBuffer'], 'rtnl.monitor');
    const open = async (): Promise<NamespaceHandle> => {
      this.#mustBeOpen();
      return (await this.#open()).netns;
    };
    return watch({ netns: this.#namespace, open }, groups, options);
  }

  /** Closes the socket after the requests under way. Closing twice is harmless. */
  async close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send(requests: readonly RtnlRequest[]): Promise<BatchResult[]> {
    this.#mustBeOpen();
    // One program at a time: a socket's answers belong to one reader, and callers rely on the order of their calls.
    const turn = this.#tail.then(async () => exchange(await this.#open(), requests));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new ClosedError('this Rtnl');
  }

  #open(): Promise<Home> {
    return (this.#home ??= this.#opened());
  }

  async #opened(): Promise<Home> {
    try {
      const home = await openSocket(this.#namespace, this.#receiveBuffer);
      this.#socket = home.route;
      return home;
    } catch (error) {
      this.#home = undefined;
      throw error;
    }
  }

  async #close(): Promise<void> {
    await this.#tail;
    const home = await this.#home?.catch(() => undefined);
    if (home === undefined) return;
    this.#socket = undefined;
    this.#forget?.();
    binding.close(home.route);
    if (this.#namespace === undefined) binding.close(home.netns);
  }
}
