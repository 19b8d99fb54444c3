import { value } from './constants';
import type { RuleReader } from './reader';

/** The target of a network address translation. */
export interface NatData {
  readonly family?: string;
  readonly regAddrMin?: number;
  readonly regAddrMax?: number;
  readonly regProtoMin?: number;
  readonly regProtoMax?: number;
  readonly flags?: readonly string[];
}

const FLAGS: Readonly<Record<string, string>> = {
  random: 'random',
  fullyRandom: 'fully-random',
  persistent: 'persistent',
};

/** `dnat ip to 10.0.0.1:80 random`, `masquerade to :1000-2000`. */
export function nat(word: string, data: NatData, reader: RuleReader): string {
  const { family = '', flags = [], regAddrMin, regProtoMin } = data;
  const isPrefix = flags.includes('netmap');
  const flagText = flags.flatMap((flag) => FLAGS[flag] ?? []).join(',');
  const to = target(data, reader);
  const where = regAddrMin === undefined ? '' : ` ${family}`;
  const words = [
    `${word}${where}${isPrefix && regAddrMin !== undefined ? ' prefix' : ''}`,
    (regAddrMin !== undefined || regProtoMin !== undefined) && `to ${to}`,
    flagText !== '' && flagText,
  ];
  return words.filter((one) => one !== false).join(' ');
}

function target(
  { family, regAddrMin, regAddrMax, regProtoMin, regProtoMax }: NatData,
  reader: RuleReader,
): string {
  const source = regAddrMin === undefined ? undefined : reader.source(regAddrMin);
  // A map has the address and, if it has two parts, the port as well.
  if (source && source.bytes === undefined) return reader.operand(regAddrMin)?.text ?? source.text;
  const port = range('port', regProtoMin, regProtoMax, reader);
  const address = range('ip', regAddrMin, regAddrMax, reader, family === 'ip6' && port !== undefined);
  // A port known only at run time is written without a colon.
  const isMap = regProtoMin !== undefined && reader.source(regProtoMin)?.bytes === undefined;
  return `${address ?? ''}${port === undefined ? '' : `${isMap && address === undefined ? ' ' : ''}:${port}`}`.trim();
}

function range(
  kind: 'ip' | 'port',
  min: number | undefined,
  max: number | undefined,
  reader: RuleReader,
  inBrackets = false,
): string | undefined {
  const first = value(kind, min, reader);
  if (first === undefined) return undefined;
  const last = max === undefined || max === min ? first : (value(kind, max, reader) ?? first);
  const [from, to] = inBrackets ? [`[${first}]`, `[${last}]`] : [first, last];
  return first === last ? from : `${from}-${to}`;
}
