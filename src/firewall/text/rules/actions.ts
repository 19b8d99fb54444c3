import type { Expression } from '../../nft/expressions';
import { CT, META } from '../values/keys';
import { extensionField } from '../values/exthdr';
import { constant, value } from './constants';
import { keyOf } from './matches';
import { nat } from './nat';
import { storedInPayload } from './payload-set';
import type { RuleReader } from './reader';
import { statefulText, verdictText } from '../values/stateful';
import { ICMP_CODE, ICMPV6_CODE, ICMPX_CODE, LOG_LEVEL, type Symbols } from '../values/symbols';
import type { DataType } from '../values/types';
import { durationText } from '../values/values';
import { bigOf, entryOf, hasFlag, wordOf } from '../values/words';

type Data = Readonly<Record<string, unknown>>;

/** An action in nft's syntax; undefined for other expressions, or if nft has no syntax for it. */
export function actionText(expression: Expression, reader: RuleReader): string | undefined {
  const { name, data = {} } = expression;
  return statefulText(expression) ?? entryOf(actions, name)?.(data, reader);
}

const actions: Readonly<Record<string, (data: Data, reader: RuleReader) => string | undefined>> = {
  immediate: ({ data }) => {
    const { verdict } = (data ?? {}) as { verdict?: Data };
    return verdict && verdictText(verdict);
  },
  meta: ({ key, sreg }, reader) => {
    const known = entryOf(META, key);
    return (
      known &&
      stored(`${known.text.startsWith('meta ') ? '' : 'meta '}${known.text} set`, known.type, sreg, reader)
    );
  },
  ct: ({ key, sreg, direction }, reader) => {
    const known = entryOf(CT, key);
    const side = direction === undefined ? '' : direction === 0 ? 'original ' : 'reply ';
    return known && stored(`${known.text.replace(' ', ` ${side}`)} set`, known.type, sreg, reader);
  },
  payload: (data, reader) => (data['sreg'] === undefined ? undefined : storedInPayload(data, reader)),
  exthdr: (data, reader) => {
    if (data['sreg'] !== undefined) {
      const field = extensionField(data);
      return field && stored(`${field.text} set`, field.type, data['sreg'], reader);
    }
    if (data['dreg'] !== undefined) return undefined;
    const field = extensionField({ ...data, flags: ['present'] });
    return field && `reset ${field.text}`;
  },
  masq: (data, reader) => nat('masquerade', data, reader),
  redir: (data, reader) => nat('redirect', data, reader),
  nat: (data, reader) => nat(wordOf(data['type']), data, reader),
  tproxy: ({ family, regAddr, regPort }, reader) => {
    const word = family === 2 ? ' ip' : family === 10 ? ' ip6' : '';
    const [address, port] = [value('ip', regAddr, reader), value('port', regPort, reader)];
    if (address === undefined && port === undefined) return undefined;
    const to = [address && (family === 10 ? `[${address}]` : address), port && `:${port}`]
      .filter(Boolean)
      .join('');
    return `tproxy${reader.context.family === 'inet' || regAddr !== undefined ? word : ''} to ${to}`;
  },
  dup: ({ sregAddr, sregDev }, reader) => {
    const [to, dev] = [value('ip', sregAddr, reader), value('device', sregDev, reader)];
    if (to === undefined && dev === undefined) return undefined;
    return `dup to ${to ?? dev ?? ''}${to !== undefined && dev !== undefined ? ` device ${dev}` : ''}`;
  },
  fwd: ({ sregAddr, sregDev, nfproto }, reader) => {
    const [to, dev] = [value('ip', sregAddr, reader), value('device', sregDev, reader)];
    if (dev === undefined) return undefined;
    return to === undefined ? `fwd to ${dev}` : `fwd ${nfproto === 10 ? 'ip6' : 'ip'} to ${to} device ${dev}`;
  },
  notrack: () => 'notrack',
  log,
  reject,
  queue,
  synproxy: ({ mss, wscale, flags }) => {
    const bits = Number(flags ?? 0);
    const words = [
      bits & 1 && `mss ${wordOf(mss)}`,
      bits & 2 && `wscale ${wordOf(wscale)}`,
      bits & 8 && 'timestamp',
      bits & 4 && 'sack-perm',
    ];
    return ['synproxy', ...words.filter((one) => one !== 0).map(String)].join(' ');
  },
  flow_offload: ({ table }) => `flow add @${wordOf(table)}`,
  objref,
  dynset,
};

/** The assignment of a value, after the words for its target. */
function stored(where: string, type: DataType, register: unknown, reader: RuleReader): string | undefined {
  const loaded = reader.source(register);
  if (loaded === undefined) return undefined;
  return `${where} ${constant(loaded, type, reader) ?? reader.operand(register)?.text ?? ''}`;
}

const LOG_FLAGS = ['tcp sequence', 'tcp options', 'ip options', 'skuid', '', 'ether'];
const ALL_LOG_FLAGS = 0x2f;

function log({ prefix, group, snaplen, qthreshold, level, flags }: Data): string | undefined {
  const text = prefix === undefined ? '' : wordOf(prefix);
  // nft has no syntax for a quotation mark.
  if (/["\n]/.test(text)) return undefined;
  const bits = Number(flags ?? 0);
  const named = bits === ALL_LOG_FLAGS ? ['all'] : LOG_FLAGS.filter((name, bit) => name && bits & (1 << bit));
  const tcp = named.filter((name) => name.startsWith('tcp '));
  const both =
    tcp.length === 2 ? ['tcp sequence,options', ...named.filter((name) => !tcp.includes(name))] : named;
  const words = [
    'log',
    prefix !== undefined && `prefix "${text}"`,
    group !== undefined && `group ${wordOf(group)}`,
    snaplen !== undefined && `snaplen ${wordOf(snaplen)}`,
    qthreshold !== undefined && `queue-threshold ${wordOf(qthreshold)}`,
    group === undefined &&
      level !== undefined &&
      level !== LOG_LEVEL['warn'] &&
      `level ${nameOf(LOG_LEVEL, level)}`,
    ...both.map((name) => `flags ${name}`),
  ];
  return words.filter((word) => word !== false).join(' ');
}

function reject({ type, icmpCode }: Data, { context, found }: RuleReader): string | undefined {
  if (type === 'tcpReset') return 'reject with tcp reset';
  if (type === 'icmpx') {
    return icmpCode === ICMPX_CODE['port-unreachable']
      ? 'reject'
      : `reject with icmpx ${nameOf(ICMPX_CODE, icmpCode)}`;
  }
  if (type !== 'icmp') return undefined;
  const isSix = context.family === 'ip6' || found.network.includes('ip6');
  return isSix
    ? `reject with icmpv6 ${nameOf(ICMPV6_CODE, icmpCode)}`
    : `reject with icmp ${nameOf(ICMP_CODE, icmpCode)}`;
}

function nameOf(symbols: Symbols, number: unknown): string {
  return Object.keys(symbols).find((name) => symbols[name] === number) ?? wordOf(number);
}

function queue({ num, total, flags, sregQnum }: Data, reader: RuleReader): string {
  const words = Array.isArray(flags) && flags.length > 0 ? flags.join(',') : '';
  if (sregQnum !== undefined) {
    const to = reader.operand(sregQnum)?.text ?? '';
    return `queue${words && ` flags ${words}`} to ${to}`;
  }
  const [first, count] = [Number(num), Number(total ?? 1)];
  const last = count > 1 ? `-${wordOf(first + count - 1)}` : '';
  return `queue${words && ` flags ${words}`} to ${wordOf(first)}${last}`;
}

const OBJECTS: Readonly<Record<string, string>> = {
  counter: 'counter name',
  quota: 'quota name',
  limit: 'limit name',
  synproxy: 'synproxy name',
  ctHelper: 'ct helper set',
  ctTimeout: 'ct timeout set',
  ctExpect: 'ct expectation set',
  secmark: 'meta secmark set',
};

function objref({ type, name, sreg, set }: Data, reader: RuleReader): string | undefined {
  if (name !== undefined) {
    const word = entryOf(OBJECTS, type);
    return word && `${word} "${wordOf(name)}"`;
  }
  const known = reader.set(set);
  const word = entryOf(OBJECTS, known?.objType);
  const key = keyOf(sreg, known, reader);
  if (word === undefined || key === undefined) return undefined;
  const where = reader.setText(wordOf(set), key.parts);
  reader.drop(key.headers);
  return where && `${word} ${key.text} map ${where}`;
}

function dynset(
  { set, op, sregKey, sregData, timeout, expr, expressions, flags }: Data,
  reader: RuleReader,
): string | undefined {
  const known = reader.set(set);
  const key = keyOf(sregKey, known, reader);
  if (key === undefined) return undefined;
  // With the flag `inv`, the rule continues for elements that do not fit into the set: nft has no syntax for this.
  if (hasFlag(flags, 'inv')) return undefined;
  const kept = (Array.isArray(expressions) ? expressions : expr === undefined ? [] : [expr]) as Expression[];
  const states = kept.map(statefulText);
  if (states.includes(undefined)) return undefined;
  const data = sregData === undefined ? undefined : reader.dataText(sregData, known);
  const words = [
    key.text,
    ...(timeout === undefined ? [] : [`timeout ${durationText(bigOf(timeout))}`]),
    ...states,
  ];
  const element = `{ ${words.join(' ')}${data === undefined ? '' : ` : ${data}`} }`;
  reader.drop(key.headers);
  const isMeter = known?.flags?.includes('anonymous') === true;
  return isMeter
    ? `meter ${wordOf(set)} size ${wordOf(known.desc?.size ?? 65535)} ${element}`
    : `${wordOf(op)} @${wordOf(set)} ${element}`;
}
