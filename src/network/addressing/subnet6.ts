import { Address6 } from 'ip-address';
import { ValidationError } from '../../errors/errors';
import type { Addresses } from './addresses';

/** An IPv6 network as numbers. */
export interface Subnet6 {
  /** 'fd00::/64'. */
  readonly text: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
}

/** Parses 'fd00::/64'; bits behind the prefix are dropped. Undefined if invalid. */
export function parseSubnet6(text: string): Subnet6 | undefined {
  if (!text.includes('/') || text.includes('%') || !Address6.isValid(text)) return undefined;
  const address = new Address6(text);
  const prefix = address.subnetMask;
  const start = address.startAddress();
  return {
    text: `${start.correctForm()}/${String(prefix)}`,
    first: start.bigInt(),
    last: address.endAddress().bigInt(),
    prefix,
  };
}

/** Parses 'fd00::2'; undefined for an invalid IPv6 address. */
export function parseAddress6(text: string): bigint | undefined {
  return /[/%]/.test(text) || !Address6.isValid(text) ? undefined : new Address6(text).bigInt();
}

export function address6Text(address: bigint): string {
  return Address6.fromBigInt(address).correctForm();
}

export function overlaps6(a: Subnet6, b: Subnet6): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Whether an address can be a host's: inside, and not the first, which means every router of the network. */
export function isHostAddress6(subnet: Subnet6, address: bigint): boolean {
  return address > subnet.first && address <= subnet.last;
}

/** The lowest free addresses of the subnet, `count` of them; throws a ValidationError if there are not enough. */
export function allocate6(subnet: Subnet6, taken: Addresses, count: number, operation: string): string[] {
  const at = (index: number): string => address6Text(subnet.first + 1n + BigInt(index));
  const found = taken.free(count, Number(subnet.last - subnet.first), at);
  if (found.length === count) return found;
  const problem =
    `has ${String(found.length)} of ${String(subnet.last - subnet.first)} host addresses free, ${String(count)} are ` +
    'needed: detach unused endpoints, or create the network with a shorter prefix';
  throw new ValidationError({ operation, path: 'subnet6', value: subnet.text, problem });
}

/** Checks an address that the caller chose for an endpoint; returns its canonical form. */
export function checkAddress6(subnet: Subnet6, taken: Addresses, text: string): string {
  const address = parseAddress6(text);
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation: 'network.attach', path: 'address6', value: text, problem });
  };
  if (address === undefined) return refuse('must be an IPv6 address without a prefix, such as "fd00::2"');
  if (!isHostAddress6(subnet, address))
    refuse(`must be a host address of the network's subnet6 ${subnet.text}`);
  const canonical = address6Text(address);
  return taken.has(canonical)
    ? refuse('is in use on this network: choose another address or omit this option')
    : canonical;
}

/** The link-local address derived from a MAC address (RFC 4291, appendix A), with its prefix. */
export function linkLocal(mac: string): string {
  const bytes = Buffer.from(mac.replaceAll(':', ''), 'hex');
  bytes[0] = (bytes[0] ?? 0) ^ 0x02;
  const id = Buffer.concat([bytes.subarray(0, 3), Buffer.from([0xff, 0xfe]), bytes.subarray(3)]);
  return `${address6Text((0xfe80n << 112n) | id.readBigUInt64BE())}/64`;
}
