import { ipAddress, parseIp } from './addresses';

/** The two families of addresses, by nf_tables' names for them. */
export type Family = 'ip' | 'ip6';

export const FAMILIES: readonly Family[] = ['ip', 'ip6'];

/** The family of an address that was checked. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 'ip6' : 'ip';
}

/** An address as packets carry it: 4 or 16 bytes. */
export function addressBytes(address: string): Uint8Array {
  const bytes = parseIp(address);
  if (bytes === undefined) throw new TypeError(`'${address}' is no address`);
  return bytes;
}

/** The address that 4 or 16 bytes stand for, as everybody writes it. */
export function addressText(bytes: Uint8Array): string {
  return ipAddress(bytes, 0, bytes.length);
}

/** One way to write an address out of many; undefined for what is no address, or has a prefix or a zone. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = parseIp(text);
  // An IPv4 address has but one way.
  return bytes?.length === 4 ? text : bytes && addressText(bytes);
}
