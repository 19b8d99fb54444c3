import { Address4, Address6 } from 'ip-address';

/** The two families of addresses, by nf_tables' names for them. */
export type Family = 'ip' | 'ip6';

export const FAMILIES: readonly Family[] = ['ip', 'ip6'];

/** The family of an address that was checked. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 'ip6' : 'ip';
}

/** An address as packets carry it: 4 or 16 bytes. */
export function addressBytes(address: string): Uint8Array {
  if (familyOf(address) === 'ip') return Uint8Array.from(address.split('.', 4), Number);
  return Uint8Array.from(new Address6(address).toUnsignedByteArray());
}

/** The address that 4 or 16 bytes stand for, as everybody writes it. */
export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : Address6.fromUnsignedByteArray([...bytes]).correctForm();
}

/** One way to write an address out of many; undefined for what is no address, or has a prefix or a zone. */
export function canonicalAddress(text: string): string | undefined {
  if (/[/%]/.test(text)) return undefined;
  if (Address4.isValid(text)) return new Address4(text).correctForm();
  return Address6.isValid(text) ? new Address6(text).correctForm() : undefined;
}
