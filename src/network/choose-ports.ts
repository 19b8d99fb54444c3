import os from 'node:os';
import { randomInt } from 'node:crypto';
import { NetlinkError, ValidationError } from '../errors';
import { type HostPort, isSamePort, portKey, type PublishedPort } from '../firewall/published';
import { familyOf } from '../ip';
import type { HostSockets } from './host-sockets';
import type { CheckedRule } from './publication';

/** The dynamic ports of RFC 6335, of which one is chosen where the caller leaves it open. */
const [FIRST_DYNAMIC, LAST_DYNAMIC] = [49152, 65535];

/** A port that is published: `network` is whose, if that is another network of the host. */
export interface TakenPort extends PublishedPort {
  readonly network?: string;
}

/**
 * The published ports of each rule. Throws a ValidationError if two of them, or one and one of `taken`, want the same port of
 * the host; a NetlinkError EADDRINUSE if a process of the host listens on one that its rule does not take over, or if none is
 * free to be chosen.
 */
export function choosePorts(
  rules: readonly CheckedRule[],
  taken: readonly TakenPort[],
  sockets: HostSockets,
  operation: string,
): PublishedPort[][] {
  const chosen = new ChosenPorts(taken);
  return rules.map((rule) => {
    const { protocol, port, count, hostPort, takeOver } = rule;
    const { hostAddress, address } = addressesOf(rule, operation);
    const isFree = (number: number): boolean => {
      const one = { hostAddress, hostPort: number, protocol };
      return chosen.rivalOf(one) === undefined && sockets.holderOf(one) === undefined;
    };
    const first = hostPort === 0 ? dynamicPort(isFree, operation) : hostPort;
    const own: PublishedPort[] = [];
    for (let index = 0; index < count; index++) {
      const one = { hostAddress, hostPort: first + index, protocol, address, port: port + index };
      const rival = chosen.rivalOf(one);
      if (rival) throw refusedByRival(one, rival, operation);
      const holder = takeOver ? undefined : sockets.holderOf(one);
      if (holder) throw refusedByListener(one, holder.address, operation);
      chosen.add(one);
      own.push(one);
    }
    return own;
  });
}

/** Throws a ValidationError if one of the ports is published by another network as well. */
export function checkRivals(
  ports: readonly PublishedPort[],
  others: readonly TakenPort[],
  operation: string,
): void {
  const taken = new ChosenPorts(others);
  for (const port of ports) {
    const rival = taken.rivalOf(port);
    if (rival) throw refusedByRival(port, rival, operation);
  }
}

/** Ports that are published or about to be, by their numbers, which are quickly compared. */
class ChosenPorts {
  readonly #byNumber = new Map<number, TakenPort[]>();

  constructor(taken: readonly TakenPort[]) {
    for (const one of taken) this.add(one);
  }

  add(port: TakenPort): void {
    const others = this.#byNumber.get(port.hostPort);
    if (others) others.push(port);
    else this.#byNumber.set(port.hostPort, [port]);
  }

  rivalOf(port: HostPort): TakenPort | undefined {
    return this.#byNumber.get(port.hostPort)?.find((other) => isSamePort(other, port));
  }
}

function addressesOf(
  { hostAddress, to }: CheckedRule,
  operation: string,
): Pick<PublishedPort, 'hostAddress' | 'address'> {
  const address = familyOf(hostAddress) === 'ip' ? to.address : to.address6;
  if (address !== undefined) return { hostAddress, address };
  const problem = 'is an IPv6 address, and the endpoint has none: make the network with a subnet6';
  throw new ValidationError({ operation, path: 'hostAddress', value: hostAddress, problem });
}

// From anywhere in the range, so that a port that was given up is not at once the next one's.
function dynamicPort(isFree: (port: number) => boolean, operation: string): number {
  const size = LAST_DYNAMIC - FIRST_DYNAMIC + 1;
  const start = randomInt(size);
  for (let i = 0; i < size; i++) {
    const port = FIRST_DYNAMIC + ((start + i) % size);
    if (isFree(port)) return port;
  }
  const detail = `no port of ${String(FIRST_DYNAMIC)} to ${String(LAST_DYNAMIC)} is free: name a hostPort`;
  throw new NetlinkError({ errno: os.constants.errno.EADDRINUSE, operation, object: 'hostPort 0', detail });
}

function refusedByRival(
  port: PublishedPort,
  { hostAddress, hostPort, protocol, address, port: target, network }: TakenPort,
  operation: string,
): ValidationError {
  const other = portKey({ hostAddress, hostPort, protocol });
  const by = other === portKey(port) ? '' : ` by ${other}`;
  const whose = network === undefined ? '' : ` of the network '${network}'`;
  const problem = `is published already${by}, to ${address} port ${String(target)}${whose}: withdraw that first`;
  return new ValidationError({ operation, path: 'hostPort', value: portKey(port), problem });
}

function refusedByListener(port: PublishedPort, address: string, operation: string): NetlinkError {
  const detail =
    `a process of the host listens on ${portKey({ ...port, hostAddress: address })}: end it, choose another port, ` +
    'or publish with takeOver: true';
  const errno = os.constants.errno.EADDRINUSE;
  return new NetlinkError({ errno, operation, object: portKey(port), detail });
}
