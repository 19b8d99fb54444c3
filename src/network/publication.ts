import { ValidationError } from '../errors';
import { ANY_ADDRESS, type PublishedPort } from '../firewall/published';
import { canonicalAddress } from '../ip';
import { remembering } from '../remembering';
import { rangeOf, rangeText, wrongPorts } from './port-range';
import type { NetworkState } from './changes';
import { type Endpoint, memberOf } from './endpoint';
import { addressesOf, type Member } from './layout';
import type { Network } from './network';

/** A port of the host that leads to a port of an endpoint. */
export interface PublishRule {
  /**
   * The host's address to publish on: a choice that has no default. '0.0.0.0' and '::' mean every address of that family that
   * the host has, later ones as well; '::' does not mean IPv4. Loopback addresses need a network with
   * `nat: { loopback: true }`, and are meant by '0.0.0.0' only there. An IPv6 address leads to the endpoint's.
   */
  readonly hostAddress: string;
  /** 1 to 65535; 0: a free one of 49152 to 65535 is chosen; '8000-8009': ten of them. */
  readonly hostPort: number | string;
  readonly to: Endpoint;
  /** 1 to 65535; where `hostPort` is a range, a range of as many. */
  readonly port: number | string;
  /** Default 'tcp'. */
  readonly protocol?: 'tcp' | 'udp';
  /**
   * Default false: a port on which a process of the host listens is refused with NetlinkError EADDRINUSE. True: it is published
   * all the same, and the process is called on it no more. What another network of the host has published is refused in any
   * case, by a ValidationError that names the network.
   */
  readonly takeOver?: boolean;
}

/** A published port, or a range of them. */
export interface Publication extends Required<Omit<PublishRule, 'takeOver' | 'to'>> {
  /** Absent where this object does not hold the endpoint: another process attached it, and its namespace has no name. */
  readonly to?: Endpoint;
  /** The endpoint's address that it leads to. */
  readonly address: string;
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
): CheckedRule[] {
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

const FIELDS: readonly string[] = ['hostAddress', 'hostPort', 'port', 'protocol', 'to', 'takeOver'];

/** A rule that was checked: `count` ports of the host from `hostPort` on, of which 0 stands for any. */
export interface CheckedRule {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly count: number;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly takeOver: boolean;
}

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
    const given = rule as Record<keyof PublishRule, unknown>;
    const { hostAddress, protocol, to, takeOver } = given;
    let problem = this.#address(hostAddress);
    if (problem !== '') return { key: 'hostAddress', problem };
    const wrong = wrongPorts(given.hostPort, given.port);
    if (wrong !== undefined) return wrong;
    if (takeOver !== undefined && typeof takeOver !== 'boolean')
      return { key: 'takeOver', problem: 'must be true or false' };
    if (protocol !== undefined && protocol !== 'tcp' && protocol !== 'udp')
      return { key: 'protocol', problem: 'must be "tcp" or "udp"' };
    problem = this.#endpoint(to);
    if (problem !== '') return { key: 'to', problem };
    for (const key in rule)
      if (!FIELDS.includes(key)) return { key, problem: `is no option; there are ${FIELDS.join(', ')}` };
    return undefined;
  }

  complete({
    hostAddress,
    hostPort,
    port,
    protocol = 'tcp',
    to,
    takeOver = false,
  }: PublishRule): CheckedRule {
    const [first, last] = rangeOf(hostPort);
    const canonical = this.#canonical(hostAddress);
    const count = last - first + 1;
    return { hostAddress: canonical, hostPort: first, count, port: rangeOf(port)[0], protocol, to, takeOver };
  }
}

function addressProblem(value: unknown): string {
  if (typeof value !== 'string') return "must be one of the host's addresses: choose which";
  const address = canonicalAddress(value);
  if (address === undefined) return 'must be an address, such as "192.0.2.1" or "2001:db8::1"';
  if (address.startsWith('0.') && address !== ANY_ADDRESS.ip)
    return `must be one of the host's addresses, or "${ANY_ADDRESS.ip}" for all of them`;
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

/**
 * Refuses rules that lead to an endpoint which is on the network no more, or about to leave: another process may have detached
 * it. Its address is then the next one's.
 */
export function checkTargets(
  rules: readonly CheckedRule[],
  { members, leaving }: NetworkState,
  operation: string,
): void {
  const targets = rules.map(({ to }) => memberOf(to));
  const wanted = new Map(targets.map((target) => [target?.port, target?.cookie]));
  const standing = new Set<string>();
  for (const { port, cookie } of members) {
    if (cookie !== undefined && wanted.get(port) === cookie && leaving?.has(port) !== true)
      standing.add(port);
  }
  const index = targets.findIndex((target) => target === undefined || !standing.has(target.port));
  if (index < 0) return;
  const place = rules.length > 1 ? `[${String(index)}].` : '';
  const value = rules[index]?.to.name;
  const problem = 'must be an endpoint that is attached to this network; it was detached meanwhile';
  throw new ValidationError({ operation, path: `${place}to`, value, problem });
}

/** What the caller gets for a rule whose ports are published. */
export function publicationOf(
  { hostAddress, count, port, protocol, to }: CheckedRule,
  ports: readonly PublishedPort[],
  withdraw: (ports: readonly PublishedPort[]) => Promise<void>,
): Publication {
  return {
    hostAddress,
    // The one that was chosen, where the caller left that open.
    hostPort: rangeText(ports[0]?.hostPort ?? 0, count),
    port: rangeText(port, count),
    protocol,
    to,
    address: ports[0]?.address ?? to.address,
    delete: () => withdraw(ports),
  };
}

/** The ports that are published on a network, one by one, whoever published them. */
export function publicationsOf(
  { ports, members }: NetworkState,
  endpoints: readonly Endpoint[],
  withdraw: (ports: readonly PublishedPort[], to: Member) => Promise<void>,
): Publication[] {
  const targets = new Map(
    members.flatMap((member) => addressesOf(member).map((at) => [at, member] as const)),
  );
  const held = new Map(endpoints.map((endpoint) => [memberOf(endpoint)?.port, endpoint]));
  return ports.flatMap((port): Publication[] => {
    const member = targets.get(port.address);
    const to = held.get(member?.port);
    // Of an endpoint that is leaving: its ports leave with it.
    if (member === undefined) return [];
    return [{ ...port, ...(to && { to }), delete: () => withdraw([port], member) }];
  });
}

/** Those that a port of the host, or a range of them, means. Throws a ValidationError for what is none. */
export function publicationsMeant(
  publications: readonly Publication[],
  meant: Pick<PublishRule, 'hostAddress' | 'hostPort' | 'protocol'>,
): Publication[] {
  const operation = 'network.unpublish';
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const given: unknown = meant;
  if (typeof given !== 'object' || given === null)
    return refuse('publication', given, 'must be a publication, or { hostAddress, hostPort, protocol }');
  const { hostAddress, hostPort, protocol = 'tcp' } = meant;
  const problem = addressProblem(hostAddress);
  if (problem !== '') refuse('hostAddress', hostAddress, problem);
  const wrong = wrongPorts(hostPort, hostPort);
  if (wrong || hostPort === 0) refuse('hostPort', hostPort, 'must be a port, or a range such as "8000-8009"');
  const host = canonicalAddress(hostAddress);
  const [first, last] = rangeOf(hostPort);
  return publications.filter(({ hostPort: one, ...port }) => {
    const isMeant = Number(one) >= first && Number(one) <= last;
    return isMeant && port.hostAddress === host && port.protocol === protocol;
  });
}
