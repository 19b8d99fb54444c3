import type { FirewallRequest } from '../../../src/firewall/nft/requests';
import type { TransactionRequest } from '../../../src/firewall/rule/transaction-requests';
import { comment, commentOf } from '../../../src/firewall/nft/userdata';
import { firewall } from '../../../src/firewall/rule/written';

const { rule } = firewall;

function refusalOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_VALIDATION', path: 'rule', operation: 'firewall.rule' });
    return (error as { problem: string }).problem;
  }
  throw new Error('the rule was taken');
}

test.each([
  [() => rule`tpc dport 22 accept`, /^column 1: expected .*did you mean tcp\?\), found 'tpc'$/],
  [
    () => rule`tcp dprot 22 accept`,
    /^column 5: expected a field of tcp \(did you mean dport\?\), found 'dprot'$/,
  ],
  [() => rule`tcp dport 22 acept`, /^column 14: .*did you mean accept\?\), found 'acept'$/],
  [() => rule`tcp dport`, /^column 10: .*, found the end of the rule$/],
  [() => rule`tcp dport 65536`, /^column 11: expected a number, found '65536'$/],
  [() => rule`tcp dport 90-80`, /a range whose first value is not above its last/],
  [() => rule`ip saddr fd00::1`, /an IPv4 address/],
  [() => rule`ip saddr 10.0.0.0/33`, /an IPv4 address/],
  [() => rule`ct state newe`, /did you mean new\?/],
  [() => rule`iifname "an-interface-too-long"`, /a name of at most 15 bytes/],
  [() => rule`log prefix "never closed`, /expected a closing quotation mark/],
  [() => rule`comment "x" accept`, /expected the end of the rule after a comment/],
  [() => rule`tcp dport { }`, /an element/],
  [() => rule`tcp dport < { 22 }`, /before a set/],
  [() => rule`ip ttl set 5`, /cannot be set/],
  [() => rule`tcp dport 010 accept`, /^column 11: .*without a leading zero .*, found '010'$/],
  [() => rule`tcp dport ${'010'} accept`, /without a leading zero/],
  [() => rule`meta mark 010 accept`, /without a leading zero/],
  [() => rule`limit rate 5/second burst 0 packets accept`, /a number from 1/],
  [() => rule`limit rate 05/second accept`, /a rate such as 5\/second/],
  [() => rule`accept drop`, /^column 8: expected the end of the rule after 'accept', found 'drop'$/],
  [() => rule`dnat ip to 10.0.0.1 counter`, /the end of the rule after 'dnat'/],
  [
    () => rule`dnat ip to 10.0.0.1:80`.expressions('inet'),
    /translates ports without an earlier match of a transport protocol/,
  ],
  [() => rule`redirect to :80`.expressions('ip'), /write 'meta l4proto tcp' before/],
  [
    () => rule`ct original proto-src 80`.expressions('inet'),
    /has ct original proto-src without an earlier match of a transport protocol: write 'meta l4proto tcp' before/,
  ],
  [
    () => rule`th dport 80 ct reply proto-dst 80`.expressions('inet'),
    /without an earlier match of a transport/,
  ],
  [() => rule`meta l4proto != tcp ct reply proto-dst 80`.expressions('ip'), /without an earlier match/],
  [() => rule`meta l4proto . ct reply proto-dst { tcp . 80 }`.expressions('ip'), /without an earlier match/],
  [() => rule`tcp dport 80 ct proto-dst 80`.expressions('ip'), /write 'ct original proto-dst' or 'ct reply/],
  [
    () =>
      rule`ct helper . tcp dport { "ftp" . 21 }`.requests(
        'append',
        { family: 'ip', table: 't', chain: 'c' },
        1,
      ),
    /has ct helper in a concatenation, which nft does not support/,
  ],
  [
    () =>
      rule`exthdr frag . ip6 hoplimit { exists . 5 }`.requests(
        'append',
        { family: 'ip6', table: 't', chain: 'c' },
        1,
      ),
    /in a concatenation, which nft does not support/,
  ],
  [() => rule`meta mark set ip saddr`, /a value of the type mark, not ipv4_addr/],
  [() => rule`meta mark set fib daddr type`, /a value of the type mark, not fib_addrtype/],
  [() => rule`meta secmark set meta secmark`, /the name of a secmark/],
  [() => rule`tcp urgptr 5`.expressions('arp'), /a table of family arp has no tcp/],
  [() => rule`comp nexthdr tcp`.expressions('arp'), /a table of family arp has no comp/],
  [() => rule`meta nfproto ipv4`.expressions('ip6'), /a table of family ip6 has no meta nfproto/],
  [() => rule`ct original ip6 daddr ::1`.expressions('ip'), /a table of family ip has no ip6 addresses/],
  [() => rule`ip saddr & 0.0.255.255 == 10.0.0.0/8`, /leave out the mask.*found '10.0.0.0\/8'/],
  [() => rule`ip saddr & 255.255.0.0 != 10.0.0.0-10.0.5.0`, /a single value after a mask/],
  [() => rule`tcp dport & 0xff 5-8`, /a single value after a mask/],
  [() => rule`accept comment ${'ü'.repeat(65)}`, /a comment of at most 128 bytes/],
  [() => rule`jump`, /the name of a chain/],
  [() => rule` `, /a match or an action/],
  [() => rule`ip saddr . tcp dport ${[['10.0.0.1']]} accept`, /an array of 2 values for each key/],
])('rule %# is refused with its place', (make, message) => {
  expect(refusalOf(make)).toMatch(message);
});

const hostile = [
  '22 accept',
  '22 } accept',
  '{ 22 }',
  '@other',
  '22-23',
  '"22"',
  'accept\ndrop',
  '$(x)',
  '22; drop',
  '',
];

test.each(hostile)('%j as a value is no words', (value) => {
  expect(() => rule`tcp dport ${value} drop`).toThrow(/a number/);
  expect(() => rule`ip saddr ${value} drop`).toThrow(/an IPv4 address/);
  expect(() => rule`tcp dport ${[22, value]} drop`).toThrow(/a number/);
});

// JavaScript's Number() reads most of these as a number.
const noNumbers: readonly unknown[] = [
  ...['', ' ', '08', '0x8', '1e1', ' 8', '8.0', '-0', '+8'],
  ...[null, undefined, true, false, [], [8], {}, new Date(0), 1.5, NaN, Infinity, -1, Symbol('8')],
  Object.create(null),
];

test.each(noNumbers)('%p as a value is no prefix length, rate or number', (given) => {
  const value = given as number;
  refusalOf(() => rule`ip saddr 10.0.0.0/${value} accept`);
  refusalOf(() => rule`ip6 saddr fd00::/${value} accept`);
  refusalOf(() => rule`limit rate ${value}/second accept`);
  refusalOf(() => rule`limit rate ${value} mbytes/second accept`);
  refusalOf(() => rule`ip saddr . tcp dport ${[value]} accept`);
  // These may be hexadecimal.
  if (given === '0x8') return;
  refusalOf(() => rule`limit rate 5/second burst ${value} packets accept`);
  refusalOf(() => rule`quota over ${value} bytes drop`);
  refusalOf(() => rule`log group ${value}`);
  refusalOf(() => rule`log level ${value}`);
  refusalOf(() => rule`reject with icmp ${value}`);
  refusalOf(() => rule`counter packets ${value} bytes 1`);
  refusalOf(() => rule`numgen inc mod ${value} 0 accept`);
});

test.each(['10.0.0.0/', '10.0.0.0/ 8', '10.0.0.0/08', '10.0.0.0/0x8', '10.0.0.0/1e1', '10.0.0.0/-1'])(
  '%j is no network',
  (text) => {
    expect(() => rule`ip saddr ${text} accept`).toThrow(/an IPv4 address, network or range/);
    expect(() => rule`ip saddr ${[text]} accept`).toThrow(/an IPv4 address, network or range/);
  },
);

test.each([8, 8n, '8'])('%p as a value is a prefix length', (value) => {
  expect(rule`ip saddr 10.0.0.0/${value} accept`.expressions('ip')).toEqual(
    rule`ip saddr 10.0.0.0/8 accept`.expressions('ip'),
  );
});

test('the holes of an array are refused, not skipped', () => {
  const holes = new Array<number>(2);
  expect(() => rule`tcp dport ${holes} accept`).toThrow(/a number, found .undefined/);
  expect(() => rule`ct state & ${holes} == new accept`).toThrow(/found .undefined/);
  expect(() => rule`ct state & ${[]} == new accept`).toThrow(/a non-empty array/);
});

test('text that nft could not list again is refused', () => {
  expect(() => rule`log prefix ${'a " b'}`).toThrow(/without quotation marks/);
  expect(() => rule`accept comment ${'a " b'}`).toThrow(/without quotation marks/);
  expect(() => rule`iifname ${'eth0" accept'}`).toThrow(/without quotation marks/);
});

test('a comment may have 128 bytes, and is never cut inside a character', () => {
  const text = '€'.repeat(42);
  expect(commentOf('nftRule', rule`accept comment ${text}`.userdata)).toBe(text);
  expect(commentOf('nftTable', comment('nftTable', '€'.repeat(43)))).toBe(text);
  expect(commentOf('nftTable', comment('nftTable', 'x'.repeat(200)))).toBe('x'.repeat(128));
});

test('a rule is completed for the family of its table', () => {
  const made = rule`tcp dport 22 accept`;
  const names = made.expressions('inet').map(({ name }) => name);
  expect(names).toEqual(['meta', 'cmp', 'payload', 'cmp', 'immediate']);
  expect(made.expressions('ip')).toEqual(made.expressions('inet'));
  const address = rule`ip saddr 10.0.0.1 drop`;
  expect(address.expressions('ip').map(({ name }) => name)).toEqual(['payload', 'cmp', 'immediate']);
  expect(address.expressions('inet')[0]).toEqual({ name: 'meta', data: { dreg: 1, key: 'nfproto' } });
  expect(address.expressions('bridge')[0]).toEqual({ name: 'meta', data: { dreg: 1, key: 'protocol' } });
  expect(() => address.expressions('ip6')).toThrow(/a table of family ip6 has no ip packets/);
  expect(() => rule`tcp dport 22 udp dport 53`.expressions('ip')).toThrow(
    /matches tcp and udp: a packet has only one/,
  );
  expect(() => rule`tcp dport { 22 }`.expressions('ip')).toThrow(/pass the rule itself/);
});

test('a helper is set as the object of the table that it is', () => {
  expect(rule`ct helper set "ftp-standard"`.expressions('inet')).toEqual([
    { name: 'objref', data: { type: 'ctHelper', name: 'ftp-standard' } },
  ]);
});

test('requests are typed', () => {
  const at = { family: 'inet', table: 't' } as const;
  const taken: TransactionRequest[] = [
    { family: 'nftTable', verb: 'add', body: { family: 'inet', name: 't', flags: ['dormant'] } },
    { family: 'nftChain', verb: 'delete', body: { ...at, handle: 5n } },
    { family: 'nftRule', verb: 'replace', body: { ...at, chain: 'c', handle: 4n, rule: rule`accept` } },
    { family: 'nftRule', verb: 'delete', body: at },
    { family: 'nftSet', verb: 'add', body: { ...at, name: 's', id: 1, keyType: 7, keyLen: 4 } },
    { family: 'nftSetElem', verb: 'delete', body: { ...at, set: 's' } },
    { family: 'nftObj', verb: 'add', body: { ...at, name: 'o', type: 'quota', data: { bytes: 5n } } },
  ];
  expect(new Set(taken.map(({ family }) => family)).size).toBe(6);
  const refused: readonly FirewallRequest[] = [
    // @ts-expect-error -- a table has no such family.
    { family: 'nftTable', verb: 'add', body: { family: 'ip4', name: 't' } },
    // @ts-expect-error -- a table is not replaced.
    { family: 'nftTable', verb: 'replace', body: { family: 'ip', name: 't' } },
    // @ts-expect-error -- a rule is replaced by its handle.
    { family: 'nftRule', verb: 'replace', body: { ...at, chain: 'c', expressions: [] } },
    {
      family: 'nftRule',
      verb: 'add',
      // @ts-expect-error -- an expression has the attributes of its name.
      body: { ...at, chain: 'c', expressions: [{ name: 'cmp', data: { key: 'mark' } }] },
    },
    // @ts-expect-error -- there is no such expression.
    { family: 'nftRule', verb: 'add', body: { ...at, chain: 'c', expressions: [{ name: 'unheardof' }] } },
    // @ts-expect-error -- a set has a length of its keys.
    { family: 'nftSet', verb: 'add', body: { ...at, name: 's', id: 1 } },
    // @ts-expect-error -- a counter has no rate.
    { family: 'nftObj', verb: 'add', body: { ...at, name: 'o', type: 'counter', data: { rate: 5n } } },
    // @ts-expect-error -- a policy is accept or drop.
    { family: 'nftChain', verb: 'add', body: { ...at, name: 'c', policy: 'reject' } },
  ];
  expect(refused).toHaveLength(8);
});

/** The fields of packets that a rule reads: where, and how many bytes. */
function readsOf(expressions: readonly { name: string; data?: object }[]): unknown[] {
  return expressions.flatMap(({ name, data }) => {
    const { offset, len } = (data ?? {}) as { offset?: number; len?: number };
    return name === 'payload' ? [[offset, len]] : [];
  });
}

test('the tag of a second VLAN lies behind the first', () => {
  const twice = rule`vlan id 1 vlan type 8021q vlan id 2 accept`.expressions('bridge');
  expect(readsOf(twice)).toEqual([
    [12, 2],
    [14, 2],
    [16, 2],
    [18, 2],
  ]);
  const service = rule`ether type 8021ad vlan id 1 vlan type 8021q vlan id 2`.expressions('netdev');
  expect(readsOf(service)).toEqual(readsOf(twice));
});

test('a value that is there twice is one element', () => {
  const place = { family: 'inet', table: 't', chain: 'c' } as const;
  const [, elements] = rule`tcp dport ${[80, 80, 443]}`.requests('append', place, 1);
  expect((elements?.body as { elements?: unknown }).elements).toHaveLength(2);
});

test('an option of TCP that is missing is missing in UDP as well, and ports may follow any transport', () => {
  const missing = rule`tcp option timestamp missing drop`.expressions('inet');
  expect(missing.map(({ name }) => name)).toEqual(['exthdr', 'cmp', 'immediate']);
  expect(() =>
    rule`meta l4proto { tcp, udp } redirect to :53`.requests(
      'append',
      { family: 'ip', table: 't', chain: 'c' },
      1,
    ),
  ).not.toThrow();
  expect(() => rule`th dport 53 redirect to :5353`.expressions('ip')).not.toThrow();
});
