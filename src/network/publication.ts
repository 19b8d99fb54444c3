import { array, check, custom, optional, picklist, pipe, string, transform } from 'valibot';
import { ValidationError } from '../errors';
import { portKey, type PublishedPort } from '../firewall/published';
import { canonicalAddress, familyOf } from '../ip';
import { remembering } from '../remembering';
import type { Endpoint } from './endpoint';
import type { Network } from './network';
import { options, port, validate } from './validate';

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
  /** Withdraws it; one that is withdrawn already succeeds. TCP connections that stand go on; UDP senders that do not pause are cut off at once. */
  delete(): Promise<void>;
}

/** The schema of the rules of one call, of which there may be thousands: they have few addresses. */
function ruleSchema() {
  return options({
    hostAddress: pipe(
      string("must be one of the host's addresses: choose which"),
      transform(remembering(canonicalAddress)),
      string('must be an address, such as "192.0.2.1" or "2001:db8::1"'),
      check(
        (address) => !address.startsWith('0.') && address !== '::',
        "must be one of the host's addresses: publish on each that is meant",
      ),
      check(
        (address) => address !== '::1',
        'must not be ::1, which the kernel never lets leave its device: publish on 127.0.0.1',
      ),
    ),
    hostPort: port,
    port,
    protocol: optional(picklist(['tcp', 'udp'], 'must be "tcp" or "udp"'), 'tcp'),
    to: custom<Endpoint>(
      (value) => typeof value === 'object' && value !== null,
      'must be an endpoint of this network',
    ),
  });
}

/** Checks rules that a caller wrote. Throws a ValidationError that names the rule and the field. */
export function checkRules(
  rules: readonly PublishRule[],
  network: Network,
  operation: string,
): Required<PublishRule>[] {
  const isAttached = new Set<Endpoint>(network.endpoints);
  const rule = ruleSchema();
  const checkedRules =
    rules.length === 1 ? [validate(rule, rules[0], operation)] : validate(array(rule), rules, operation);
  checkedRules.forEach(({ to }, index) => {
    if (isAttached.has(to) && to.vlan === undefined) return;
    const path = rules.length > 1 ? `[${String(index)}].to` : 'to';
    const problem = isAttached.has(to)
      ? 'must be an endpoint without a VLAN: the host does not reach into one'
      : 'must be an endpoint that is attached to this network';
    throw new ValidationError({ operation, path, value: to.name, problem });
  });
  return checkedRules;
}

/** The elements that rules stand for. Throws a ValidationError if two of them, or one and another, want the same port. */
export function choosePorts(
  rules: readonly Required<PublishRule>[],
  taken: readonly PublishedPort[],
  operation: string,
): PublishedPort[] {
  const owners = new Map(taken.map((published) => [portKey(published), published]));
  return rules.map(({ hostAddress, hostPort, protocol, to, port: target }) => {
    const address = familyOf(hostAddress) === 'ip' ? to.address : to.address6;
    if (address === undefined) {
      const problem = 'is an IPv6 address, and the endpoint has none: make the network with a subnet6';
      throw new ValidationError({ operation, path: 'hostAddress', value: hostAddress, problem });
    }
    const wanted = { hostAddress, hostPort, protocol, address, port: target };
    const key = portKey(wanted);
    const other = owners.get(key);
    if (other !== undefined) {
      const problem = `is published already, to ${other.address} port ${String(other.port)}: withdraw that first`;
      throw new ValidationError({ operation, path: 'hostPort', value: key, problem });
    }
    owners.set(key, wanted);
    return wanted;
  });
}
