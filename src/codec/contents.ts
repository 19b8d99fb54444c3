import { isUint8Array } from 'node:util/types';
import { AF_INET, AF_INET6, parseIp } from './addresses';
import { Refusal, refuse } from './refusal';

/** Text of so many bytes at most. */
export function textOf(longest: number, value: unknown): string {
  if (typeof value !== 'string') refuse('a string', value);
  if (Buffer.byteLength(value) > longest) refuse(`at most ${longest} bytes`, value);
  if (value.includes('\0')) throw new Refusal('must not contain a NUL character');
  return value;
}

/** A next hop of the other address family: struct rtvia. */
export function viaOf(value: unknown): Uint8Array {
  const address = parseIp(value);
  if (!address) refuse('an IPv4 or IPv6 address', value);
  return Uint8Array.from([address.length === 4 ? AF_INET : AF_INET6, 0, ...address]);
}

/** Exactly so many bytes, unless that is 0. */
export function bytesOf(length: number, value: unknown): Uint8Array {
  if (!isUint8Array(value)) refuse('a Uint8Array', value);
  if (length !== 0 && value.length !== length) {
    throw new Refusal(`must be ${length} bytes, got ${value.length}`);
  }
  return value;
}
