import dgram from 'node:dgram';
import { errorMonitor } from 'node:events';
import { isIP } from 'node:net';
import os from 'node:os';
import { ClosedError } from '../errors/errors';
import { describe, handleOf, type OpenNamespace } from '../nsfs/handle';
import { within } from '../nsfs/within';
import {
  bracketed,
  type DatagramOptions,
  type DatagramType,
  lookupFor,
  type OnMessage,
  type Place,
  placeOf,
} from './datagram-options';
import { checkDatagramArguments } from './check-options';
import { named, socketError } from './errors';
import { openSocket } from './open';
import { keep } from '../nsfs/dependents';

// A constructor that Node.js exports and its types hide.
const Base = dgram.Socket as unknown as new (
  options: dgram.SocketOptions,
  onMessage?: OnMessage,
) => dgram.Socket;

/**
 * Creates a socket whose descriptor is opened inside later. Throws a ClosedError, and any error of
 * `dgram.createSocket`.
 */
export function createSocketInside(
  netns: OpenNamespace,
  type: DatagramType,
  onMessage?: OnMessage,
): dgram.Socket {
  checkDatagramArguments(type, onMessage);
  handleOf(netns);
  const options = typeof type === 'string' ? { type } : type;
  const socket = new NamespaceDatagramSocket(netns, options, onMessage);
  keep(netns, socket, () => socket.end());
  return socket;
}

class NamespaceDatagramSocket extends Base {
  readonly #netns: OpenNamespace;
  readonly #options: DatagramOptions;
  #state: 'unbound' | 'binding' | 'bound' = 'unbound';

  constructor(netns: OpenNamespace, options: DatagramOptions, onMessage?: OnMessage) {
    super({ ...options, lookup: bracketed(netns, lookupFor(netns, options)) }, onMessage);
    this.#netns = netns;
    this.#options = options;
  }

  // Node.js calls this itself before it sends or connects, with null instead of a callback.
  override bind(...args: unknown[]): this {
    const callback = args.at(-1);
    if (callback === null && this.#state === 'binding') return this;
    // The base method throws.
    if (!this.#isRunning()) return super.bind();
    if (this.#state !== 'unbound') {
      throw Object.assign(new Error('Socket is already bound'), { code: 'ERR_SOCKET_ALREADY_BOUND' });
    }
    this.#state = 'binding';
    if (typeof callback === 'function') this.#onceListening(callback as () => void);
    const place = placeOf(args);
    const { address = this.#any } = place;
    const family = this.#options.type === 'udp6' ? 6 : 4;
    lookupFor(this.#netns, this.#options)(address, { family }, (error, found) => {
      if (!this.#isRunning()) return;
      if (error) this.#fail(error);
      else this.#bindNow({ ...place, address: found });
    });
    return this;
  }

  // Of the overloads, only the last argument matters: a callback, if it is a function.
  override send(...args: unknown[]): void {
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      args[args.length - 1] = (error: Error | null, bytes: number): void => {
        (callback as (error: Error | null, bytes: number) => void)(error && named(error, this.#netns), bytes);
      };
    }
    super.send(...(args as [string, number]));
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'error') named(args[0] as Error, this.#netns);
    return super.emit(event, ...args);
  }

  override addMembership(...args: Parameters<dgram.Socket['addMembership']>): void {
    this.#bracket(() => super.addMembership(...args));
  }

  override dropMembership(...args: Parameters<dgram.Socket['dropMembership']>): void {
    this.#bracket(() => super.dropMembership(...args));
  }

  override addSourceSpecificMembership(
    ...args: Parameters<dgram.Socket['addSourceSpecificMembership']>
  ): void {
    this.#bracket(() => super.addSourceSpecificMembership(...args));
  }

  override dropSourceSpecificMembership(
    ...args: Parameters<dgram.Socket['dropSourceSpecificMembership']>
  ): void {
    this.#bracket(() => super.dropSourceSpecificMembership(...args));
  }

  override setMulticastInterface(name: string): void {
    this.#bracket(() => super.setMulticastInterface(name));
  }

  /** Closes the socket unless closed already. */
  end(): void {
    if (!this.#isRunning()) return;
    // Node.js delays a close until a pending bind ends, which may never happen, as with a lookup. This reports the bind
    // as failed.
    if (this.#state === 'binding') this.emit(errorMonitor, new ClosedError(describe(this.#netns)));
    this.close();
  }

  get #any(): string {
    return this.#options.type === 'udp6' ? '::' : '0.0.0.0';
  }

  #isRunning(): boolean {
    try {
      this.address();
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING';
    }
  }

  // As in Node.js, the callback is dropped on a failure.
  #onceListening(callback: () => void): void {
    const forget = (): void => {
      this.off('error', forget);
      this.off('listening', listening);
    };
    const listening = (): void => {
      forget();
      callback.call(this);
    };
    this.on('error', forget);
    this.on('listening', listening);
  }

  #bindNow({ address = this.#any, port = 0 }: Place): void {
    const { type, reuseAddr = false, reusePort = false, ipv6Only = false } = this.#options;
    const wanted = { type: 'udp', address, port, reuseAddress: reuseAddr, reusePort, ipv6Only } as const;
    let fd: number;
    try {
      const isOther = isIP(address) !== (type === 'udp6' ? 6 : 4);
      if (isOther) throw socketError(os.constants.errno.EINVAL, 'bind', { address, port }, this.#netns);
      fd = openSocket(this.#netns, 'bind', wanted, { address, port });
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#state = 'bound';
    super.bind({ fd, exclusive: true });
  }

  #fail(error: Error): void {
    this.#state = 'unbound';
    this.emit('error', error);
  }

  // Device names, as in '::%eth0', refer to the namespace. As in Node.js, joining binds an unbound socket.
  #bracket(body: () => void): void {
    if (this.#state === 'unbound') this.#bindNow({});
    try {
      if (this.#state !== 'bound') throw new Error("socket is not bound: wait for 'listening'");
      within(this.#netns, 'netns.createSocket', body);
    } catch (error) {
      throw named(error as Error, this.#netns);
    }
  }
}
