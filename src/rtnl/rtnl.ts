import { custom, optional } from 'valibot';
import { ClosedError } from '../errors/errors';
import { bufferSize, options as optionsOf, validate, validateOptions } from '../errors/validate-options';
import { binding } from '../executor/run-program';
import type { NamespaceHandle, SocketHandle } from '../native/handles';
import { hold } from '../nsfs/dependents';
import { collect, type BatchResult, type RtnlBatch } from './batch';
import { exchange, openSocket, type RtnlSocket } from './exchange';
import { familiesOf, FamilyHolder } from './family';
import { checkMonitoring, watch, type MonitorGroup, type MonitorOptions, type RtnlEvent } from './monitor';
import type { RtnlRequest } from './request';
import { isNamespace, type OpenNamespace } from '../nsfs/handle';

export interface RtnlOptions {
  /** The namespace of the socket; by default, the calling thread's. */
  readonly netns?: OpenNamespace;
  /** Size of the socket's receive buffer in bytes, forced beyond the system's limit if permitted. */
  readonly receiveBuffer?: number;
}

const aNamespace = custom<OpenNamespace>(isNamespace, 'must be an open NetworkNamespace');
const openOptions = optionsOf({ netns: optional(aNamespace), receiveBuffer: optional(bufferSize) });

let socketIn: (rtnl: Rtnl) => SocketHandle | undefined;

/** The socket itself, for the library's own programs. Undefined until open: the first call starts opening it. */
export function socketOf(rtnl: Rtnl): SocketHandle | undefined {
  return socketIn(rtnl);
}

const collected = new FinalizationRegistry<() => void>((forget) => forget());

// The registration does not keep an Rtnl that was dropped without `close`: its socket is closed by garbage collection.
function holdUntilCollected(netns: OpenNamespace, rtnl: Rtnl): () => void {
  const reference = new WeakRef(rtnl);
  const forget = hold(netns, () => void reference.deref()?.close());
  collected.register(rtnl, forget);
  return forget;
}

/**
 * One rtnetlink socket in one namespace. It keeps the namespace alive while open: until `close`, or until this process
 * deletes the namespace. Requests are sent in the order of the calls. A kernel error rejects with {@link NetlinkError},
 * an invalid body with `ValidationError` before anything is sent.
 */
export class Rtnl extends FamilyHolder implements AsyncDisposable {
  readonly #namespace: OpenNamespace | undefined;
  readonly #receiveBuffer: number | undefined;
  #home: Promise<RtnlSocket> | undefined;
  /** Set while open. */
  #socket: SocketHandle | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #forget: (() => void) | undefined;

  static {
    socketIn = (rtnl) => {
      // Callers have alternatives, and use this socket once it is open.
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

  /** Opens a socket in a namespace. Rejects with NetlinkError EPERM without permission to enter it. */
  static async open(options: RtnlOptions = {}): Promise<Rtnl> {
    const { netns, receiveBuffer } = validateOptions(openOptions, options, 'rtnl.open');
    const rtnl = new Rtnl({ ...(netns && { netns }), ...(receiveBuffer !== undefined && { receiveBuffer }) });
    await rtnl.#open();
    rtnl.#forget = netns && holdUntilCollected(netns, rtnl);
    return rtnl;
  }

  /** Like {@link Rtnl.open}, but the socket is opened by the first request. */
  static lazy(netns: OpenNamespace): Rtnl {
    validate(aNamespace, netns, 'rtnl.lazy', 'netns');
    return new Rtnl({ netns });
  }

  /**
   * Sends many requests at once: one result each, in order. A failed request does not stop the others; use a Plan for
   * all or nothing.
   */
  async batch(fill: (batch: RtnlBatch) => void): Promise<BatchResult[]> {
    return this.#send(collect(fill));
  }

  /**
   * Changes in the namespace, from now on until the loop is left, the signal fires or this process deletes the
   * namespace. A `resync` event means that the kernel dropped events: read the state again.
   */
  monitor(groups?: readonly MonitorGroup[], options: MonitorOptions = {}): AsyncIterableIterator<RtnlEvent> {
    const checked = checkMonitoring(options);
    const open = async (): Promise<NamespaceHandle> => {
      this.#mustBeOpen();
      return (await this.#open()).netns;
    };
    // The monitor receives the events of requests that are made after this call.
    const subscribing = (subscribed: Promise<unknown>): void => {
      this.#tail = Promise.allSettled([this.#tail, subscribed]);
    };
    return watch({ netns: this.#namespace, open, subscribing }, groups, checked);
  }

  /** Closes the socket after the requests in progress. Closing twice is harmless. */
  async close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send(requests: readonly RtnlRequest[]): Promise<BatchResult[]> {
    this.#mustBeOpen();
    // One program at a time: a socket's replies have one reader, and callers rely on the order of their calls.
    const turn = this.#tail.then(async () => exchange(await this.#open(), requests));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new ClosedError('this Rtnl');
  }

  #open(): Promise<RtnlSocket> {
    return (this.#home ??= this.#opened());
  }

  async #opened(): Promise<RtnlSocket> {
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
