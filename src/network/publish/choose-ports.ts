import os from 'node:os';
import { randomInt } from 'node:crypto';
import { NetlinkError, ValidationError } from '../../errors/errors';
import {
  type HostPort,
  isSamePort,
  portKey,
  type PublishedPort,
} from '../../firewall/network/published-port';
import { familyOf } from '../../base/ip';
import type { HostSockets } from '../host/sockets';
import type { CheckedRule } from './publication';

/** The dynamic ports of RFC 6335: chosen from where the caller names none. */
const [FIRST_DYNAMIC, LAST_DYNAMIC] = [49152, 65535];

/** A published port; `network` names its network if that is another one of the host. */
export interface TakenPort extends PublishedPort {
  readonly network?: string;
}

/**
 * The published ports of all rules, `count` of them for each rule. Throws a ValidationError if two of them, or one of
 * them and one of `taken`, conflict on a port of the host; a NetlinkError EADDRINUSE if a process of the host listens
 * on one that its rule does not take over, or if no free port is left to choose.
 */
export function choosePorts(
  rules: readonly CheckedRule[],
  taken: readonly TakenPort[],
  sockets: HostSockets,
  operation: string,
): PublishedPort[] {
  const chosen = new ChosenPorts(taken);
  const isFree = (port: HostPort): boolean =>
    chosen.rivalOf(port) === undefined && sockets.holderOf(port) === undefined;
  const ports: PublishedPort[] = [];
  for (const rule of rules) {
    const { hostAddress, protocol, port, count, hostPort, takeOver } = rule;
    const address = addressOf(rule, operation);
    const first = hostPort === 0 ? dynamicPort(rule, isFree, operation) : hostPort;
    for (let index = 0; index < count; index++) {
      const one = { hostAddress, hostPort: first + index, protocol, address, port: port + index };
      const rival = chosen.add(one);
      if (rival) throw refusedByOther(one, rival, operation, ports.includes(rival));
      const holder = takeOver ? undefined : sockets.holderOf(one);
      if (holder) throw refusedByListener(one, holder.address, operation);
      ports.push(one);
    }
  }
  return ports;
}

/** Throws a ValidationError if one of the ports is published by another network as well. */
export function checkConflicts(
  ports: readonly PublishedPort[],
  others: readonly TakenPort[],
  operation: string,
): void {
  if (others.length === 0) return;
  const taken = new ChosenPorts(others);
  for (const port of ports) {
    const rival = taken.rivalOf(port);
    if (rival) throw refusedByOther(port, rival, operation);
  }
}

/** The ports of others that conflict with these. */
export function conflictingPorts(ports: readonly PublishedPort[], others: readonly TakenPort[]): TakenPort[] {
  const taken = new ChosenPorts(others);
  return ports.flatMap((port) => taken.rivalOf(port) ?? []);
}

/** Published and requested ports, by number for fast look-up. */
class ChosenPorts {
  // Nearly all are the only one of their number.
  readonly #byNumber = new Map<number, TakenPort | readonly TakenPort[]>();

  constructor(taken: readonly TakenPort[]) {
    for (const one of taken) this.add(one);
  }

  /** Returns an earlier conflicting port of the host. */
  add(port: TakenPort): TakenPort | undefined {
    const others = this.#byNumber.get(port.hostPort);
    this.#byNumber.set(port.hostPort, others === undefined ? port : [port].concat(others));
    return others && conflictAmong(others, port);
  }

  rivalOf(port: HostPort): TakenPort | undefined {
    const others = this.#byNumber.get(port.hostPort);
    return others && conflictAmong(others, port);
  }
}

function conflictAmong(others: TakenPort | readonly TakenPort[], port: HostPort): TakenPort | undefined {
  return [others].flat().find((other) => isSamePort(other, port));
}

function addressOf({ hostAddress, to }: CheckedRule, operation: string): string {
  const address = familyOf(hostAddress) === 'ip' ? to.address : to.address6;
  if (address !== undefined) return address;
  const problem =
    'must be an IPv4 address, because the endpoint has no IPv6 address: create the network with a subnet6';
  throw new ValidationError({ operation, path: 'hostAddress', value: hostAddress, problem });
}

// Starts anywhere in the range, so that a port is not reused right after it was given up.
function dynamicPort(
  { hostAddress, protocol }: CheckedRule,
  isFree: (port: HostPort) => boolean,
  operation: string,
): number {
  const size = LAST_DYNAMIC - FIRST_DYNAMIC + 1;
  const start = randomInt(size);
  for (let i = 0; i < size; i++) {
    const hostPort = FIRST_DYNAMIC + ((start + i) % size);
    if (isFree({ hostAddress, protocol, hostPort })) return hostPort;
  }
  const detail = `no port of ${String(FIRST_DYNAMIC)} to ${String(LAST_DYNAMIC)} is free: choose a hostPort`;
  throw new NetlinkError({ errno: os.constants.errno.EADDRINUSE, operation, object: 'hostPort 0', detail });
}

function refusedByOther(
  port: PublishedPort,
  { hostAddress, hostPort, protocol, address, port: target, network }: TakenPort,
  operation: string,
  isOwn = false,
): ValidationError {
  const other = portKey({ hostAddress, hostPort, protocol });
  const by = other === portKey(port) ? '' : ` by ${other}`;
  const whose = network === undefined ? '' : ` of the network '${network}'`;
  if (isOwn) {
    const twice = `is published twice in this call${by && `, also${by}`}, for ${address} port ${String(target)}: remove one of the rules`;
    return new ValidationError({ operation, path: 'hostPort', value: portKey(port), problem: twice });
  }
  const problem = `is published already${by}, to ${address} port ${String(target)}${whose}: withdraw that publication first`;
  return new ValidationError({ operation, path: 'hostPort', value: portKey(port), problem });
}

function refusedByListener(port: PublishedPort, address: string, operation: string): NetlinkError {
  const detail =
    `a process of the host listens on ${portKey({ ...port, hostAddress: address })}: end that process, choose another port, ` +
    'or publish with takeOver: true';
  const errno = os.constants.errno.EADDRINUSE;
  return new NetlinkError({ errno, operation, object: portKey(port), detail });
}
