import { ValidationError } from '../../errors/errors';
import { addressText, isHostAddress, parseAddress, type Subnet } from './subnet';
import type { Addresses } from './addresses';

interface Ranged {
  readonly subnet: Subnet;
  readonly range?: Subnet;
}

/** The first and the last address that a network may assign. */
export function hostAddresses({ subnet, range = subnet }: Ranged): [number, number] {
  return [Math.max(range.first, subnet.first + 1), Math.min(range.last, subnet.last - 1)];
}

/**
 * Finds `count` free host addresses in a network's range, lowest first. Throws a ValidationError with the number of
 * free ones when the range is exhausted.
 */
export function allocate(layout: Ranged, taken: Addresses, count: number, operation: string): string[] {
  const [first, last] = hostAddresses(layout);
  const all = last - first + 1;
  const found = taken.free(count, all, (index) => addressText(first + index));
  if (found.length === count) return found;
  throw exhausted(
    layout,
    `has ${String(found.length)} of ${String(all)} host addresses free`,
    count,
    operation,
  );
}

/** Refuses more endpoints than a network's range has addresses, taken or not. */
export function checkAddresses(layout: Ranged, count: number, operation: string): void {
  const [first, last] = hostAddresses(layout);
  const all = last - first + 1;
  if (count > all) throw exhausted(layout, `has ${String(all)} host addresses`, count, operation);
}

function exhausted(
  { subnet, range = subnet }: Ranged,
  has: string,
  count: number,
  operation: string,
): ValidationError {
  const problem =
    `${has}, ${String(count)} are needed: ` +
    'detach unused endpoints, or create the network with a shorter prefix';
  const path = range === subnet ? 'subnet' : 'range';
  return new ValidationError({ operation, path, value: range.text, problem });
}

/** Checks an address that the caller chose for an endpoint. */
export function checkAddress(subnet: Subnet, taken: Addresses, text: string): void {
  const address = parseAddress(text);
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation: 'network.attach', path: 'address', value: text, problem });
  };
  if (address === undefined) refuse('must be an IPv4 address without a prefix, such as "10.0.0.2"');
  else if (!isHostAddress(subnet, address))
    refuse(`must be a host address of the network's subnet ${subnet.text}`);
  else if (taken.has(addressText(address)))
    refuse('is in use on this network: choose another address or omit this option');
}
