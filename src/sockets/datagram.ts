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
import { named, socketError } from './errors';
import { openSocket } from './open';
import { keep } from '../nsfs/dependents';

// Node.js's types hide a constructor that it exports.
const Base = dgram.Socket as unknown as new (
  options: dgram.SocketOptions,
  onMessage?: OnMessage,
) => dgram.Socket;

/** Makes a socket whose descriptor will be opened inside. Throws a ClosedError, and what `dgram.createSocket` throws. */
export function createSocketInside(
  netns: OpenNamespace,
  type: DatagramType,
  onMessage?: OnMessage,
): dgram.Socket {
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

  // Node.js itself calls this before it sends or connects, with null in the place of a callback.
  override bind(...args: unknown[]): this {
    const callback = args.at(-1);
    if (callback === null && this.#state === 'binding') return this;
    // It throws.
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

  // Of the overloads only the last argument matters: a callback, if it is a function.
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

  /** Closes it unless it is. */
  end(): void {
    if (!this.#isRunning()) return;
    // Node.js has the close wait for a bind that may never come, such as one that looks its address up; as if it had failed.
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

  // As Node.js has it, the callback is dropped on a failure.
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

  // The names of devices, as in '::%eth0', mean those inside. As in Node.js, joining binds what is not bound.
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
