import { ValidationError } from '../errors';
import { addressText, isHostAddress, parseAddress, type Subnet } from './subnet';

/**
 * Finds `count` free host addresses of a subnet, lowest first, given those in use. Throws a ValidationError that says how
 * many there are when the subnet is exhausted.
 */
export function allocate(subnet: Subnet, used: ReadonlySet<string>, count: number): string[] {
  const found: string[] = [];
  for (let address = subnet.first + 1; address < subnet.last && found.length < count; address += 1) {
    const text = addressText(address);
    if (!used.has(text)) found.push(text);
  }
  if (found.length === count) return found;
  const all = subnet.last - subnet.first - 1;
  const problem =
    `has ${String(found.length)} of its ${String(all)} host addresses free, ${String(count)} are needed: ` +
    'detach endpoints that are done, or make the network with a shorter prefix';
  throw new ValidationError({ operation: 'network.attach', path: 'subnet', value: subnet.text, problem });
}

/** Checks an address that the caller chose for an endpoint. */
export function checkAddress(subnet: Subnet, used: ReadonlySet<string>, text: string): void {
  const address = parseAddress(text);
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation: 'network.attach', path: 'address', value: text, problem });
  };
  if (address === undefined) refuse('must be an IPv4 address without a prefix, such as "10.0.0.2"');
  else if (!isHostAddress(subnet, address))
    refuse(`must be a host address of the network's subnet ${subnet.text}`);
  else if (used.has(addressText(address)))
    refuse('is in use on this network: choose another or leave it out');
}
