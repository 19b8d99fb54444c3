import { ValidationError } from '../../errors/errors';
import {
  address6Text,
  isHostAddress6,
  overlaps6,
  parseAddress6,
  parseSubnet6,
  type Subnet6,
} from '../addressing/subnet6';

/** Minimum MTU of every IPv6 link. */
export const LEAST_MTU6 = 1280;

// Never a network's: multicast, link-local, and the range of the loopback and of the forms of IPv4 addresses.
const RESERVED = ['ff00::/8', 'fe80::/10', '::/16'];

/** The checked IPv6 part of a spec. */
export interface ResolvedSpec6 {
  readonly subnet: string;
  readonly gateway: string;
}

/** Checks the IPv6 part of a spec. Throws a ValidationError; undefined without IPv6. */
export function resolveSpec6(
  spec: { subnet6?: string | undefined; gateway6?: string | undefined; mtu: number },
  operation: string,
): ResolvedSpec6 | undefined {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const { subnet6, gateway6, mtu } = spec;
  if (subnet6 === undefined) {
    return gateway6 === undefined
      ? undefined
      : refuse('gateway6', gateway6, 'must not be set without subnet6');
  }
  const subnet = parseSubnet6(subnet6);
  if (subnet === undefined)
    return refuse('subnet6', subnet6, 'must be an IPv6 network with its prefix, such as "fd00:1::/64"');
  if (parseAddress6(subnet6.split('/', 1)[0] ?? '') !== subnet.first)
    refuse('subnet6', subnet6, `has host bits set: must be "${subnet.text}"`);
  if (subnet.prefix < 16 || subnet.prefix > 126)
    refuse('subnet6', subnet6, 'must have a prefix of 16 to 126');
  if (RESERVED.some((other) => overlaps6(subnet, parseSubnet6(other) as Subnet6)))
    refuse('subnet6', subnet6, 'must be a network of unicast addresses, such as one of "fd00::/8"');
  if (mtu < LEAST_MTU6) refuse('mtu', mtu, `must be at least ${String(LEAST_MTU6)} with a subnet6`);
  if (gateway6 === undefined) return { subnet: subnet.text, gateway: address6Text(subnet.first + 1n) };
  const gateway = parseAddress6(gateway6);
  return gateway !== undefined && isHostAddress6(subnet, gateway)
    ? { subnet: subnet.text, gateway: address6Text(gateway) }
    : refuse('gateway6', gateway6, `must be a host address of ${subnet.text}, without a prefix`);
}
