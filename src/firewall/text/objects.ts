import { commentOf } from '../nft/userdata';
import { statefulText } from './values/stateful';
import { INET_PROTO } from './values/symbols';

/** A named object for rules: a counter, a quota, a helper of connection tracking. */
export interface PrintedObject {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly userdata?: Uint8Array;
}

type Data = Readonly<Record<string, unknown>>;

/** The block of an object. */
export function objectText({ name, type, data = {}, userdata }: PrintedObject): string[] {
  const [word, lines] = Object.hasOwn(blocks, type)
    ? (blocks[type]?.(data) ?? [type, []])
    : [type, [`[ ${type} ]`]];
  const comment = commentOf('nftObj', userdata);
  const remark = comment === undefined ? [] : [`comment "${comment}"`];
  return [`${word} ${name} {`, ...[...remark, ...lines].map((line) => `  ${line}`), '}'];
}

const blocks: Readonly<Record<string, (data: Data) => [word: string, lines: readonly string[]]>> = {
  counter: (data) => ['counter', [stateOf('counter', data)]],
  quota: (data) => ['quota', [stateOf('quota', data)]],
  limit: (data) => ['limit', [stateOf('limit', data)]],
  ctHelper: ({ name, l4proto, l3proto }) => [
    'ct helper',
    [`type "${String(name)}" protocol ${protocol(l4proto)};`, ...layer3(l3proto)],
  ],
  ctTimeout: ({ l4proto, l3proto, data }) => {
    const policy = policyText(Number(l4proto), data instanceof Uint8Array ? data : new Uint8Array());
    return ['ct timeout', [`protocol ${protocol(l4proto)};`, ...layer3(l3proto), ...policy]];
  },
  ctExpect: ({ l4proto, dport, timeout, size, l3proto }) => [
    'ct expectation',
    [
      `protocol ${protocol(l4proto)}`,
      `dport ${String(dport)}`,
      `timeout ${String(timeout)}ms`,
      `size ${String(size)}`,
      ...layer3(l3proto),
    ],
  ],
  synproxy: ({ mss, wscale, flags }) => {
    const bits = Number(flags ?? 0);
    const more = [bits & 8 && 'timestamp', bits & 4 && 'sack-perm'].filter((word) => word !== 0);
    return [
      'synproxy',
      [`mss ${String(mss)}`, `wscale ${String(wscale)}`, ...(more.length > 0 ? [more.join(' ')] : [])],
    ];
  },
  secmark: ({ ctx }) => ['secmark', [`"${String(ctx)}"`]],
};

// `limit rate 5/second` without its first word, for the block of a limit.
function stateOf(name: string, data: Data): string {
  return (statefulText({ name, data }) ?? `[ ${name} ]`).replace(new RegExp(`^${name} `), '');
}

function protocol(number: unknown): string {
  return Object.keys(INET_PROTO).find((name) => INET_PROTO[name] === number) ?? String(number);
}

// The kernel's numbers: nft writes `l3proto inet` for `inet`.
const LAYER3: Readonly<Record<number, string>> = { 1: 'inet', 2: 'ip', 10: 'ip6' };

function layer3(number: unknown): string[] {
  const name = LAYER3[Number(number)];
  return name === undefined ? [] : [`l3proto ${name}`];
}

/** The states of connections by protocol, in the order of the kernel's numbers from 1 on. */
const STATES: Readonly<Record<number, string>> = {
  6: 'syn_sent syn_recv established fin_wait close_wait last_ack time_wait close syn_sent2 retrans unack',
  17: 'unreplied replied',
};
const ATTRIBUTE_HEAD = 4;

// One netlink attribute for each state: the time in seconds.
function policyText(l4proto: number, data: Uint8Array): string[] {
  const names = (STATES[l4proto] ?? '').split(' ');
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const times: string[] = [];
  for (let at = 0; at + 2 * ATTRIBUTE_HEAD <= data.length; at += 2 * ATTRIBUTE_HEAD) {
    const name = names[view.getUint16(at + 2, true) - 1];
    if (name) times.push(`${name} : ${String(view.getUint32(at + ATTRIBUTE_HEAD))}`);
  }
  return times.length > 0 ? [`policy = { ${times.join(', ')} }`] : [];
}
