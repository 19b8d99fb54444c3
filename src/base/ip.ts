import { ipAddress, parseIp } from './addresses';

/** The two address families, by their names in nf_tables. */
export type Family = 'ip' | 'ip6';

export const FAMILIES: readonly Family[] = ['ip', 'ip6'];

/** The family of a validated address. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 'ip6' : 'ip';
}

/** An address as in packets: 4 or 16 bytes. */
export function addressBytes(address: string): Uint8Array {
  const bytes = parseIp(address);
  if (bytes === undefined) throw new TypeError(`'${address}' is not an IP address`);
  return bytes;
}

/** The usual text form of 4 or 16 bytes. */
export function addressText(bytes: Uint8Array): string {
  return ipAddress(bytes, 0, bytes.length);
}

/** The canonical form of an address; undefined for other texts, and for an address with a prefix or a zone. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = parseIp(text);
  // An IPv4 address has only one accepted form.
  return bytes?.length === 4 ? text : bytes && addressText(bytes);
}
