import { ValidationError } from '../../errors/errors';
import { checkKeys } from '../../errors/known-keys';
import { ANY_ADDRESS, type PublishedPort } from '../../firewall/network/published-port';
import { canonicalAddress } from '../../base/ip';
import { memoize } from '../../base/memoize';
import { ofThisCopy } from '../../nsfs/other-copy';
import { countOf, firstOf, rangeText, wrongPorts } from './port-range';
import type { NetworkState } from '../model/network-state';
import { type Endpoint, memberOf } from '../runtime/endpoint';
import { addressesOf, type Member } from '../model/member';

/** A port of the host that is forwarded to a port of an endpoint. */
export interface PublishRule {
  /**
   * The host's address to publish on, without a default. '0.0.0.0' and '::' mean every address of that family that the
   * host has or will have; '::' does not include IPv4. Loopback addresses need a network with `nat: { loopback: true
   * }`, and '0.0.0.0' includes them only there. An IPv6 address forwards to the endpoint's IPv6 address.
   */
  readonly hostAddress: string;
  /** 1 to 65535; 0: a free one of 49152 to 65535 is chosen; '8000-8009': ten of them. */
  readonly hostPort: number | string;
  readonly to: Endpoint;
  /** 1 to 65535; where `hostPort` is a range, a range of the same length. */
  readonly port: number | string;
  /** Default 'tcp'. */
  readonly protocol?: 'tcp' | 'udp';
  /**
   * Default false: a port on which a process of the host listens is refused with NetlinkError EADDRINUSE. True: the
   * port is published all the same, and the process gets no new connections on it. A port that another network of the
   * host has published is always refused, by a ValidationError that names the network.
   */
  readonly takeOver?: boolean;
}

/** A published port, or a range of them. */
export interface Publication extends Required<Omit<PublishRule, 'takeOver' | 'to'>> {
  /** Absent where this object does not hold the endpoint: another process attached it, and its namespace has no name. */
  readonly to?: Endpoint;
  /** The endpoint's address that the port is forwarded to. */
  readonly address: string;
  /**
   * Withdraws the port; an already withdrawn one succeeds. Established TCP connections continue; UDP senders that do
   * not pause are cut off at once. Withdrawals in one turn of the event loop are one transaction.
   */
  delete(): Promise<void>;
}

/**
 * Checks a caller's rules against the network's endpoints. Throws a ValidationError that names the rule and the field.
 *
 * Written by hand, unlike all other options: there are thousands of rules with few different addresses, and for the
 * first thousand in a process valibot takes longer than the kernel takes to publish them.
 */
export function checkRules(
  rules: readonly PublishRule[],
  endpoints: readonly Endpoint[],
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
  const checks = new RuleChecks(endpoints);
  // Unlike map(), this also visits the holes of a sparse array.
  return Array.from(rules, (rule, index) => {
    const checked = checks.check(rule);
    if (!('problem' in checked)) return checked;
    const { key, problem } = checked;
    const place = rules.length > 1 ? `[${String(index)}]` : '';
    const path = place && key ? `${place}.${key}` : place || key || 'options';
    const value: unknown = key ? (rule as unknown as Record<string, unknown>)[key] : rule;
    throw new ValidationError({ operation, path, value, problem });
  });
}

const PROTOCOLS: readonly string[] = ['tcp', 'udp'];
const FIELDS: readonly string[] = ['hostAddress', 'hostPort', 'port', 'protocol', 'to', 'takeOver'];

/** A checked rule: `count` ports of the host from `hostPort` on. 0 stands for any port. */
export interface CheckedRule {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly count: number;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly takeOver: boolean;
}

/** The wrong field of a rule with its problem; '' stands for the whole rule. */
interface Wrong {
  readonly key: string;
  readonly problem: string;
}

/** Checks the rules of one network, with results cached: most of thousands of rules share few addresses and endpoints. */
class RuleChecks {
  readonly #address = memoize((value: unknown) => {
    const problem = addressProblem(value);
    return { problem, canonical: problem === '' ? (canonicalAddress(value as string) ?? '') : '' };
  });
  readonly #endpoint: (value: unknown) => string;

  constructor(endpoints: readonly Endpoint[]) {
    const attached = new Set<unknown>(endpoints);
    this.#endpoint = memoize((value) => endpointProblem(value, attached));
  }

  /** The rule with defaults filled in, or its first problem. */
  check(rule: PublishRule): CheckedRule | Wrong {
    const given: unknown = rule;
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return { key: '', problem: 'must be an object of options' };
    const { hostAddress, hostPort, port, protocol = 'tcp', to, takeOver = false } = rule;
    const address = this.#address(hostAddress);
    if (address.problem !== '') return { key: 'hostAddress', problem: address.problem };
    const wrong = wrongPorts(hostPort, port);
    if (wrong !== undefined) return wrong;
    if (typeof takeOver !== 'boolean') return { key: 'takeOver', problem: 'must be true or false' };
    if (!PROTOCOLS.includes(protocol)) return { key: 'protocol', problem: 'must be "tcp" or "udp"' };
    const problem = this.#endpoint(to);
    if (problem !== '') return { key: 'to', problem };
    for (const key in rule)
      if (!FIELDS.includes(key))
        return { key, problem: `is not an option; the options are ${FIELDS.join(', ')}` };
    return {
      hostAddress: address.canonical,
      hostPort: firstOf(hostPort),
      count: countOf(hostPort),
      port: firstOf(port),
      protocol,
      to,
      takeOver,
    };
  }
}

function addressProblem(value: unknown): string {
  if (typeof value !== 'string') return 'must be an address of the host, such as "192.0.2.1"';
  const address = canonicalAddress(value);
  if (address === undefined) return 'must be an address, such as "192.0.2.1" or "2001:db8::1"';
  if (address.startsWith('0.') && address !== ANY_ADDRESS.ip)
    return `must be one of the host's addresses, or "${ANY_ADDRESS.ip}" for all of them`;
  if (/^fe[89ab]/.test(address))
    return 'must not be a link-local address: the kernel forwards no packets to or from one';
  return address === '::1' ? 'must not be ::1, which the kernel never forwards: publish on 127.0.0.1' : '';
}

function endpointProblem(value: unknown, attached: ReadonlySet<unknown>): string {
  if (typeof value !== 'object' || value === null) return 'must be an endpoint of this network';
  if (!attached.has(value)) return ofThisCopy('must be an endpoint that is attached to this network', value);
  return (value as Endpoint).vlan === undefined
    ? ''
    : 'must be an endpoint without a VLAN: the host cannot reach endpoints in a VLAN';
}

/** The distinct values in rules: few even among thousands. */
export interface Named {
  readonly hostAddresses: ReadonlySet<string>;
  readonly protocols: ReadonlySet<'tcp' | 'udp'>;
  readonly targets: ReadonlySet<Endpoint>;
}

export function namedBy(rules: readonly CheckedRule[]): Named {
  const hostAddresses = new Set<string>();
  const protocols = new Set<'tcp' | 'udp'>();
  const targets = new Set<Endpoint>();
  for (const { hostAddress, protocol, to } of rules) {
    hostAddresses.add(hostAddress);
    protocols.add(protocol);
    targets.add(to);
  }
  return { hostAddresses, protocols, targets };
}

/**
 * Refuses rules for an endpoint that has left the network or is about to: another process may have detached it. Its
 * address would then go to the next endpoint.
 */
export function checkTargets(
  rules: readonly CheckedRule[],
  targets: ReadonlySet<Endpoint>,
  { members, leaving }: NetworkState,
  operation: string,
): void {
  const wanted = new Map([...targets].map((to) => [memberOf(to)?.port, to]));
  for (const { port, cookie } of members) {
    const to = wanted.get(port);
    const stands = to && cookie !== undefined && memberOf(to)?.cookie === cookie;
    if (stands && leaving?.has(port) !== true) wanted.delete(port);
  }
  const [gone] = wanted.values();
  if (gone === undefined) return;
  const index = rules.findIndex(({ to }) => to === gone);
  const place = rules.length > 1 ? `[${String(index)}].` : '';
  const problem = 'must be an endpoint that is attached to this network: this one was detached meanwhile';
  throw new ValidationError({ operation, path: `${place}to`, value: gone.name, problem });
}

/** The publications returned to the caller, with `count` ports for each rule. */
export function publicationsFor(
  rules: readonly CheckedRule[],
  ports: readonly PublishedPort[],
  withdraw: (ports: readonly PublishedPort[], to: Endpoint) => Promise<void>,
): Publication[] {
  let at = 0;
  return rules.map(({ hostAddress, count, port, protocol, to }) => {
    // The chosen number, where the rule had none.
    const { hostPort, address } = ports[at] as PublishedPort;
    const own = ports.slice(at, at + count);
    at += count;
    return {
      hostAddress,
      hostPort: rangeText(hostPort, count),
      port: rangeText(port, count),
      protocol,
      to,
      address,
      delete: () => withdraw(own, to),
    };
  });
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
    // The endpoint is leaving, and its ports with it.
    if (member === undefined) return [];
    return [{ ...port, ...(to && { to }), delete: () => withdraw([port], member) }];
  });
}

type HostPorts = Pick<PublishRule, 'hostAddress' | 'hostPort' | 'protocol'>;

/** Checks a port of the host, or a range of them, to withdraw. Throws a ValidationError. */
export function checkHostPorts(meant: HostPorts): void {
  const operation = 'network.unpublish';
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const given: unknown = meant;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refuse('port', given, 'must be a publication, or { hostAddress, hostPort, protocol }');
  checkKeys(given, [...FIELDS, 'address', 'delete'], operation);
  const { hostAddress, hostPort, protocol = 'tcp' } = meant;
  const problem = addressProblem(hostAddress);
  if (problem !== '') refuse('hostAddress', hostAddress, problem);
  const wrong = wrongPorts(hostPort, hostPort);
  if (wrong || hostPort === 0) refuse('hostPort', hostPort, 'must be a port, or a range such as "8000-8009"');
  if (!PROTOCOLS.includes(protocol)) refuse('protocol', protocol, "must be 'tcp' or 'udp'");
}

/** The publications on a checked port of the host, or on a range of them. */
export function publicationsOn(
  publications: readonly Publication[],
  { hostAddress, hostPort, protocol = 'tcp' }: HostPorts,
): Publication[] {
  const host = canonicalAddress(hostAddress);
  const first = firstOf(hostPort);
  const end = first + countOf(hostPort);
  return publications.filter(({ hostPort: one, ...port }) => {
    const isMeant = Number(one) >= first && Number(one) < end;
    return isMeant && port.hostAddress === host && port.protocol === protocol;
  });
}
