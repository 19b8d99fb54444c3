import { interfaceOf } from '../../firewall/peers';
import { publishedPortOf } from '../../firewall/published';
import { commentOf } from '../../firewall/userdata';
import { addressText } from '../../ip';

/** An element of a set or map; an interval is two of them. */
export interface NftElement {
  readonly key: { readonly value: Uint8Array };
  readonly data?: { readonly value: Uint8Array };
  readonly flags?: readonly string[];
  readonly userdata?: Uint8Array;
}

/**
 * Elements in nft's words. They tell nothing of their types: published ports, interfaces and intervals of addresses are
 * known by their size, of others the result is undefined.
 */
export function elementTexts(elements: readonly NftElement[]): string[] | undefined {
  if (elements.every(isPort)) return elements.map(portText);
  if (elements.every(({ key, data }) => key.value.length === 16 && data === undefined))
    return elements.map(({ key }) => JSON.stringify(interfaceOf(key.value)));
  if (elements.every(({ key, data }) => key.value.length === 4 && data === undefined))
    return intervalTexts(elements);
  return undefined;
}

function isPort({ key: { value: key }, data }: NftElement): boolean {
  // Without an address of the host in the key, whose length is otherwise that of the address in the data.
  if (key.length === 8) return [undefined, 8, 20].includes(data?.value.length);
  return (
    (key.length === 12 || key.length === 24) && (data?.value.length ?? key.length - 4) === key.length - 4
  );
}

function portText({ key, data, userdata }: NftElement): string {
  const { length } = key.value;
  const port = publishedPortOf(key.value, data?.value ?? new Uint8Array(Math.max(length - 4, 8)));
  const comment = commentOf('nftSetElem', userdata);
  const from = `${length === 8 ? '' : `${port.hostAddress} . `}${port.protocol} . ${String(port.hostPort)}`;
  const target = data === undefined ? '' : ` : ${port.address} . ${String(port.port)}`;
  return `${from}${comment === undefined ? '' : ` comment "${comment}"`}${target}`;
}

// An interval ends in front of the next end, or with the last address of all.
function intervalTexts(elements: readonly NftElement[]): string[] {
  const marks = elements
    .map(({ key, flags = [] }) => ({ at: number(key.value), isEnd: flags.includes('intervalEnd') }))
    .sort((a, b) => a.at - b.at || Number(b.isEnd) - Number(a.isEnd));
  return marks.flatMap(({ at, isEnd }, index) => {
    if (isEnd) return [];
    const next = marks.slice(index + 1).find((mark) => mark.isEnd);
    return [`${text(at)}-${text((next?.at ?? 2 ** 32) - 1)}`];
  });
}

function number(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function text(address: number): string {
  return addressText(Uint8Array.from([24, 16, 8, 0], (shift) => (address >>> shift) & 0xff));
}
