const octets = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** '02:00:00:00:00:01', of any length. */
export function linkAddress(bytes: Uint8Array, at: number, end: number): string {
  let out = '';
  for (let i = at; i < end; i++) out += (i === at ? '' : ':') + (octets[bytes[i] as number] as string);
  return out;
}

/** '10.0.0.1' of 4 bytes, 'fd00::1' of 16, as inet_ntop writes them. */
export function ipAddress(bytes: Uint8Array, at: number, end: number): string {
  return end - at === 4 ? ipv4(bytes, at) : ipv6(bytes, at);
}

function ipv4(bytes: Uint8Array, at: number): string {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as number[];
  return `${a as number}.${b as number}.${c as number}.${d as number}`;
}

function ipv6(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  // The first of the longest runs of zeros becomes '::'.
  let [start, longest, run] = [0, 0, 0];
  for (let i = 0; i < 8; i++) {
    const group = ((bytes[at + 2 * i] as number) << 8) | (bytes[at + 2 * i + 1] as number);
    groups.push(group);
    run = group === 0 ? run + 1 : 0;
    if (run > longest) [start, longest] = [i + 1 - run, run];
  }
  if (start === 0 && longest === 6) return `::${ipv4(bytes, at + 12)}`;
  if (start === 0 && longest === 5 && groups[5] === 0xffff) return `::ffff:${ipv4(bytes, at + 12)}`;
  if (longest < 2) return words(groups);
  return `${words(groups.slice(0, start))}::${words(groups.slice(start + longest))}`;
}

function words(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}
