import fs from 'node:fs';
import {
  isIP,
  isIPv6,
  type LookupFunction,
  Socket,
  type NetConnectOpts,
  type TcpNetConnectOpts,
} from 'node:net';
import { handleOf, type OpenNamespace } from '../nsfs/handle';
import { within } from '../nsfs/within';
import { checkConnectArguments } from './check-options';
import { lookupOf } from './lookup-of';
import { named } from './errors';
import { openSocket } from './open';
import { keepSocket } from '../nsfs/dependents';

/** Options of `net.connect`: a port and host, or the path of a Unix socket. */
export type ConnectOptions = NetConnectOpts;

/** Known to Node.js's sockets, but missing in its types. */
interface WithHandle {
  readonly _handle: { open(fd: number): number } | null;
}

// Before this version, Node.js did not announce connection attempts, so they cannot be given descriptors.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const ANNOUNCES_ATTEMPTS = major > 20 || (major === 20 && minor >= 12);

/** Connects inside, as `net.connect` does. Throws a ClosedError; all other failures are 'error' events of the socket. */
export function connectInside(
  netns: OpenNamespace,
  options: ConnectOptions,
  listener?: () => void,
): NamespaceSocket {
  checkConnectArguments(options, listener);
  return connectUnchecked(netns, options, listener);
}

/** The same with options that Node.js has checked, and which hold more than those of a connection. */
export function connectUnchecked(
  netns: OpenNamespace,
  options: ConnectOptions,
  listener?: () => void,
): NamespaceSocket {
  handleOf(netns);
  const socket = new NamespaceSocket(netns, options);
  // The signal has already fired. Node.js would undo the destruction and connect.
  if (options.signal?.aborted === true) return socket;
  if (options.timeout !== undefined && options.timeout > 0) socket.setTimeout(options.timeout);
  return socket.connect(options, listener);
}

/**
 * A socket that connects from inside a namespace. Node.js opens a descriptor when it starts a connection attempt, in
 * some callback; here the descriptors have been opened before.
 */
export class NamespaceSocket extends Socket {
  readonly #netns: OpenNamespace;
  /** Descriptors for further attempts. */
  #spare: { readonly family: number; readonly fd: number }[] = [];
  /** The handle that has its descriptor already. */
  #ready: unknown;

  constructor(netns: OpenNamespace, options: ConnectOptions) {
    super(options);
    this.#netns = netns;
    this.on('connectionAttempt', (_address, _port, family: number | undefined) => {
      // A Unix socket has been opened by now.
      if (family !== undefined) this.#attempt(family);
    });
    for (const event of ['connect', 'close']) this.on(event, () => this.#closeSpare());
  }

  override connect(...args: unknown[]): this {
    const { options, listener } = normalized(args);
    if ('path' in options && options.path) {
      this.#try(() => within(this.#netns, 'netns.connect', () => super.connect(options, listener)));
    } else {
      this.#connectPort(options as TcpNetConnectOpts, listener);
    }
    keepSocket(this.#netns, this);
    return this;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // If the signal has already fired, the base class calls this before the private fields exist.
    super._destroy(error && #netns in this ? named(error, this.#netns) : error, callback);
  }

  #connectPort(options: TcpNetConnectOpts, listener: (() => void) | undefined): void {
    const { host = '', port, localAddress, localPort, lookup = lookupOf(this.#netns) } = options;
    // With a local address or port, Node.js binds before it announces the attempt.
    const single = Boolean(localAddress ?? localPort) || !ANNOUNCES_ATTEMPTS;
    const chosen = { ...options, lookup: this.#opening(lookup, port) };
    if (single) chosen.autoSelectFamily = false;
    if (isIP(host) === 0) {
      super.connect(chosen, ...(listener ? [listener] : []));
      return;
    }
    // The descriptor is bound to the device of a link-local address; Node.js would look for the device in the process's
    // namespace.
    super.connect({ ...chosen, host: host.replace(/%.*/, '') }, ...(listener ? [listener] : []));
    this.#try(() => this.#open([host], port));
  }

  /** A lookup that opens descriptors for the addresses it finds. */
  #opening(lookup: LookupFunction, port: number): LookupFunction {
    return (hostname, options, callback) => {
      lookup(hostname, options, (error, found, family) => {
        if (!error && this.connecting) {
          const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
          try {
            this.#open(addresses.filter(isIP), port);
          } catch (failure) {
            callback(failure as NodeJS.ErrnoException, found, family);
            return;
          }
        }
        callback(error, found, family);
      });
    };
  }

  // The first attempt uses the existing handle.
  #open(addresses: readonly string[], port: number): void {
    for (const address of addresses) {
      const [, zone = ''] = /(%.*)/.exec(address) ?? [];
      const any = isIPv6(address) ? `::${zone}` : '0.0.0.0';
      const wanted = { type: 'tcp', address: any } as const;
      const fd = openSocket(this.#netns, 'connect', wanted, { address, port });
      this.#spare.push({ family: isIP(address), fd });
    }
    if (addresses[0] !== undefined) this.#attempt(isIP(addresses[0]));
  }

  #attempt(family: number): void {
    const { _handle: handle } = this as unknown as WithHandle;
    if (handle === null || handle === this.#ready) return;
    const index = this.#spare.findIndex((one) => one.family === family);
    const [spare] = this.#spare.splice(index < 0 ? Infinity : index, 1);
    this.#ready = handle;
    // Only reached if a lookup reports a wrong family. Node.js would continue with a descriptor in the process's
    // namespace.
    if (spare === undefined) throw new Error(`no address of the family ${String(family)} was found`);
    if (handle.open(spare.fd) !== 0) throw new Error(`the descriptor ${String(spare.fd)} was refused`);
  }

  #closeSpare(): void {
    for (const { fd } of this.#spare.splice(0)) fs.closeSync(fd);
  }

  #try(body: () => void): void {
    try {
      body();
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}

// Normalizes the overloads of `socket.connect`.
function normalized(args: unknown[]): { options: NetConnectOpts; listener?: () => void } {
  const [first, second] = args;
  const last = args.at(-1);
  const listener = typeof last === 'function' ? { listener: last as () => void } : {};
  if (typeof first === 'object' && first !== null) return { options: first as NetConnectOpts, ...listener };
  if (typeof first === 'string' && Number.isNaN(Number(first)))
    return { options: { path: first }, ...listener };
  const host = typeof second === 'string' ? { host: second } : {};
  return { options: { port: Number(first), ...host }, ...listener };
}
