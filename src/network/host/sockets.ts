import os from 'node:os';
import { binding } from '../../executor/run-program';
import { ANY_ADDRESS, type HostPort, isAnyAddress } from '../../firewall/network/published-port';
import { familyOf } from '../../base/ip';
import type { BoundSocket } from '../../native/contract';
import type { NetworkNamespace } from '../../netns/namespace';
import { within } from '../../nsfs/within';

const { ENOENT } = os.constants.errno;

/** The listening sockets of a host: a published port would take over their connections. */
export class HostSockets {
  readonly #byPort = new Map<number, BoundSocket[]>();
  readonly #loopback: boolean;

  /** `loopback`: ports published on every IPv4 address of the host are published on 127.0.0.0/8 as well. */
  constructor(sockets: readonly BoundSocket[], loopback: boolean) {
    this.#loopback = loopback;
    for (const socket of sockets) {
      const others = this.#byPort.get(socket.port);
      if (others) others.push(socket);
      else this.#byPort.set(socket.port, [socket]);
    }
  }

  /** Reads the sockets of the given protocols in the host's namespace. Rejects with a NetlinkError. */
  static async read(
    host: NetworkNamespace,
    protocols: ReadonlySet<'tcp' | 'udp'>,
    loopback: boolean,
  ): Promise<HostSockets> {
    const wanted = { tcp: protocols.has('tcp'), udp: protocols.has('udp') };
    const sockets = within(host, 'network.publish', () => boundSockets(wanted));
    return Promise.resolve(new HostSockets(sockets, loopback));
  }

  /** The socket that currently receives on a port of the host; undefined if there is none. */
  holderOf({ hostAddress, hostPort, protocol }: HostPort): BoundSocket | undefined {
    return this.#byPort
      .get(hostPort)
      ?.find((socket) => socket.protocol === protocol && this.#meets(socket, hostAddress));
  }

  #meets({ address, both }: BoundSocket, hostAddress: string): boolean {
    if (both) return true;
    if (familyOf(address) !== familyOf(hostAddress)) return false;
    if (isAnyAddress(address) || address === hostAddress) return true;
    return hostAddress === ANY_ADDRESS[familyOf(address)] && this.#isTaken(address);
  }

  // The rules of IPv6 never lead packets to ::1 elsewhere: replies could not return to it.
  #isTaken(address: string): boolean {
    return address !== '::1' && (this.#loopback || !address.startsWith('127.'));
  }
}

// Without the kernel's socket diagnostics for a protocol its sockets are unknown.
function boundSockets(protocols: { tcp: boolean; udp: boolean }): readonly BoundSocket[] {
  try {
    return binding.boundSockets(protocols);
  } catch (error) {
    if ((error as { errno?: number }).errno === ENOENT) return [];
    throw error;
  }
}
