import { ValidationError } from '../errors';
import { isSamePort, portKey, type PublishedPort } from '../firewall/published';
import { canonicalAddress, familyOf } from '../ip';
import { remembering } from '../remembering';
import type { Endpoint } from './endpoint';
import type { Network } from './network';

/** A port of the host that leads to a port of an endpoint. */
export interface PublishRule {
  /**
   * The host's address to publish on: a choice that has no default. Not 0.0.0.0; 127.0.0.1 only on a
   * network with `nat: { loopback: true }`. An IPv6 address leads to the endpoint's.
   */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly to: Endpoint;
  readonly port: number;
  /** Default 'tcp'. */
  readonly protocol?: 'tcp' | 'udp';
}

/** A published port. */
export interface Publication extends Required<PublishRule> {
  /**
   * Withdraws it; one that is withdrawn already succeeds. TCP connections that stand go on; UDP senders that do not pause
   * are cut off at once. What is asked for in one turn of the event loop is one transaction.
   */
  delete(): Promise<void>;
}

/**
 * Checks rules that a caller wrote. Throws a ValidationError that names the rule and the field.
 *
 * By hand, unlike all other options: there are thousands of rules with few different addresses, and valibot takes longer
 * to check a thousand in a process that has not done it before than the kernel takes to publish them.
 */
export function checkRules(
  rules: readonly PublishRule[],
  network: Network,
  operation: string,
): Required<PublishRule>[] {
  const given: unknown = rules;
  if (!Array.isArray(given))
    throw new ValidationError({
      operation,
      path: 'rules',
      value: rules,
      problem: 'must be an array of rules',
    });
  const checks = new RuleChecks(network);
  return rules.map((rule, index) => {
    const wrong = checks.wrong(rule);
    if (wrong === undefined) return checks.complete(rule);
    const { key, problem } = wrong;
    const place = rules.length > 1 ? `[${String(index)}]` : '';
    const path = place && key ? `${place}.${key}` : place || key || 'options';
    const value: unknown = key ? (rule as unknown as Record<string, unknown>)[key] : rule;
    throw new ValidationError({ operation, path, value, problem });
  });
}

const FIELDS: readonly string[] = ['hostAddress', 'hostPort', 'port', 'protocol', 'to'];

/** What rules of one network are checked by. */
class RuleChecks {
  readonly #address = remembering(addressProblem);
  readonly #endpoint: (value: unknown) => string;
  readonly #canonical = remembering((address: string) => canonicalAddress(address) ?? address);

  constructor(network: Network) {
    const attached = new Set<unknown>(network.endpoints);
    this.#endpoint = remembering((value) => endpointProblem(value, attached));
  }

  /** The first thing that is wrong with a rule, and with which of its fields; '': with all of it. */
  wrong(rule: unknown): { key: string; problem: string } | undefined {
    if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
      return { key: '', problem: 'must be an object of options' };
    const { hostAddress, hostPort, port, protocol, to } = rule as Record<keyof PublishRule, unknown>;
    let problem = this.#address(hostAddress);
    if (problem !== '') return { key: 'hostAddress', problem };
    if (!isPort(hostPort)) return { key: 'hostPort', problem: PORT_PROBLEM };
    if (!isPort(port)) return { key: 'port', problem: PORT_PROBLEM };
    if (protocol !== undefined && protocol !== 'tcp' && protocol !== 'udp')
      return { key: 'protocol', problem: 'must be "tcp" or "udp"' };
    problem = this.#endpoint(to);
    if (problem !== '') return { key: 'to', problem };
    for (const key in rule)
      if (!FIELDS.includes(key)) return { key, problem: `is no option; there are ${FIELDS.join(', ')}` };
    return undefined;
  }

  complete({ hostAddress, hostPort, port, protocol = 'tcp', to }: PublishRule): Required<PublishRule> {
    return { hostAddress: this.#canonical(hostAddress), hostPort, port, protocol, to };
  }
}

const PORT_PROBLEM = 'must be a port: a whole number, 1 to 65535';

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535;
}

function addressProblem(value: unknown): string {
  if (typeof value !== 'string') return "must be one of the host's addresses: choose which";
  const address = canonicalAddress(value);
  if (address === undefined) return 'must be an address, such as "192.0.2.1" or "2001:db8::1"';
  if (address.startsWith('0.') || address === '::')
    return "must be one of the host's addresses: publish on each that is meant";
  return address === '::1'
    ? 'must not be ::1, which the kernel never lets leave its device: publish on 127.0.0.1'
    : '';
}

function endpointProblem(value: unknown, attached: ReadonlySet<unknown>): string {
  if (typeof value !== 'object' || value === null) return 'must be an endpoint of this network';
  if (!attached.has(value)) return 'must be an endpoint that is attached to this network';
  return (value as Endpoint).vlan === undefined
    ? ''
    : 'must be an endpoint without a VLAN: the host does not reach into one';
}

/** The elements that rules stand for. Throws a ValidationError if two of them, or one and another, want the same port. */
export function choosePorts(
  rules: readonly Required<PublishRule>[],
  taken: readonly PublishedPort[],
  operation: string,
): PublishedPort[] {
  // By their numbers, which are quickly compared.
  const chosen = new Map<number, PublishedPort[]>();
  const refuseRival = (port: PublishedPort, { address, port: target }: PublishedPort): never => {
    const problem = `is published already, to ${address} port ${String(target)}: withdraw that first`;
    throw new ValidationError({ operation, path: 'hostPort', value: portKey(port), problem });
  };
  const ports = rules.map((rule) => {
    const port = portOf(rule, operation);
    const rivals = chosen.get(port.hostPort);
    if (rivals === undefined) {
      chosen.set(port.hostPort, [port]);
      return port;
    }
    const rival = rivals.find((one) => isSamePort(one, port));
    if (rival) refuseRival(port, rival);
    rivals.push(port);
    return port;
  });
  for (const one of taken) {
    const port = chosen.get(one.hostPort)?.find((other) => isSamePort(one, other));
    if (port) refuseRival(port, one);
  }
  return ports;
}

function portOf(rule: Required<PublishRule>, operation: string): PublishedPort {
  const { hostAddress, hostPort, protocol, to, port } = rule;
  const address = familyOf(hostAddress) === 'ip' ? to.address : to.address6;
  if (address !== undefined) return { hostAddress, hostPort, protocol, address, port };
  const problem = 'is an IPv6 address, and the endpoint has none: make the network with a subnet6';
  throw new ValidationError({ operation, path: 'hostAddress', value: hostAddress, problem });
}
