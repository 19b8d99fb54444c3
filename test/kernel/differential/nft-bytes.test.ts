// The judge is nft: each message that it sends must be decoded without a remainder, and encoded again to the same message.
import { decodeMessage } from '../../../src/codec/decode/decode';
import { encodeRequest } from '../../../src/codec/encode/encode';
import { binding } from '../../../src/executor/run-program';
import { TreeReader } from '../../golden';
import { sentBy } from '../../probe/traced';
import { needTools } from '../../support';

needTools('unshare', 'strace', 'nft');

const RULESET = `
table inet first { flags dormant; comment "a table"; }
table ip t {
  counter hits { packets 1 bytes 2 }
  set plain { type ipv4_addr; flags interval, timeout; timeout 1h; gc-interval 10s; size 100; elements = { 10.0.0.0/8, 192.0.2.1 timeout 5s comment "one" } }
  set learnt { type ipv4_addr; flags dynamic, timeout; timeout 1m; counter; }
  set concat { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 80-90 } }
  map published { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; elements = { 192.0.2.1 . tcp . 80 : 10.0.0.2 . 8080 } }
  map verdicts { type inet_service : verdict; elements = { 22 : accept, 23 : jump other, 24 : drop } }
  map counted { type ipv4_addr : counter; elements = { 10.0.0.1 : "hits" } }
  chain other { return; }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @published
    tcp dport 81 redirect to :8081
    tcp dport vmap @verdicts
  }
  chain raw {
    type filter hook prerouting priority -300; policy drop;
    iifname "br*" ip daddr 10.0.0.0/8 notrack
    ip saddr != 10.0.0.1-10.0.0.9 meta mark set 0x5
    ip dscp set cs1
    ip saddr @plain counter name "hits" accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 10.0.0.0/8 oifname != "br0" masquerade random
    meta l4proto tcp ip saddr 10.1.0.0/16 snat to 192.0.2.1:1000-2000 persistent
    ct status dnat ip saddr 10.0.0.0/8 masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy drop; comment "ours";
    ct state established,related accept
    ct mark set meta mark
    ct state invalid log prefix "bad: " level warn reject with icmp type host-unreachable
    iifname "br0" limit rate over 5 mbytes/second drop comment "too fast"
    tcp flags & (syn|ack) == syn counter goto other
    meta l4proto { tcp, udp } th dport 53 accept
    ip length 0-100 meta priority set 1:2
    tcp dport 9 reject with tcp reset
    log group 2 snaplen 64 queue-threshold 3
  }
}
delete table inet first
`;

const schema = binding.schema();
const reader = new TreeReader(schema);
const families = Object.entries(schema.families).filter(([, family]) => family.protocol === 12);

interface Message {
  readonly family: string;
  readonly verb: 'add' | 'delete';
  readonly bytes: Buffer;
}

const messages = sentBy('nft', ['-f', '-'], RULESET).flatMap((bytes): Message[] => {
  const type = bytes.readUInt16LE(4);
  return families.flatMap(([family, { newType, deleteType }]): Message[] => {
    if (type === newType) return [{ family, verb: 'add', bytes }];
    return type === deleteType ? [{ family, verb: 'delete', bytes }] : [];
  });
});

/** Paths of what no table knew. */
function remainders(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'unknown'
      ? Object.keys(inner as object).map((type) => `${path}#${type}`)
      : remainders(inner, `${path}${key}.`),
  );
}

test('nft speaks of every family', () => {
  const found = new Set(messages.map(({ family }) => family));
  expect([...found].sort()).toEqual(['nftChain', 'nftObj', 'nftRule', 'nftSet', 'nftSetElem', 'nftTable']);
  expect(messages.length).toBeGreaterThan(30);
});

test.each(messages.map((message, index) => ({ index, ...message })))(
  'message $index: $family $verb',
  ({ family, verb, bytes }) => {
    const { object = {} } = decodeMessage(12, bytes) ?? {};
    expect(remainders(object)).toEqual([]);
    const again = Buffer.from(encodeRequest({ family, verb, body: object }).bytes).subarray(16);
    expect(reader.read(family, again)).toEqual(reader.read(family, bytes.subarray(16)));
  },
);
