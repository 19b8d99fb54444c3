'use strict';
// Messages to begin with: the golden samples, and what the kernel answers in a namespace with a bit of everything.
require('../harness/typescript');
const { execFileSync } = require('node:child_process');
const { samples } = require('../golden');
const modules = require('./modules');

const schema = modules('executor/run-program').binding.schema();
const MESSAGE_HEADER = 16;

const COMMANDS = `
ip link add br0 type bridge vlan_filtering 0
ip link add v0 type veth peer name v1
ip link set v0 master br0 up
ip link set v1 up
ip link set br0 up
ip link add vx0 type vxlan id 42 local 10.1.0.1 dstport 4789
ip link add mv0 link v1 type macvlan mode bridge
ip link property add dev v1 altname an-alternative-name
ip addr add 10.1.0.1/24 dev br0
ip -6 addr add fd00::1/64 dev v1
ip route add 10.2.0.0/16 nexthop via 10.1.0.2 weight 3 nexthop via 10.1.0.3
ip nexthop add id 5 via 10.1.0.4 dev br0
ip nexthop add id 6 group 5,2
ip rule add from 10.0.0.0/8 table 7
ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev br0
ip netns add fuzz
ip link add w0 type veth peer name w1 netns fuzz
bridge fdb add 02:00:00:00:00:07 dev v0 master static
tc qdisc add dev v1 root handle 1: htb default 1
tc class add dev v1 parent 1: classid 1:1 htb rate 1mbit
tc filter add dev v1 parent 1: protocol ip u32 match ip dst 10.0.0.0/8 flowid 1:1
tc qdisc add dev v1 ingress
tc filter add dev v1 ingress matchall action mirred egress redirect dev v0
nft add table ip t
nft add map ip t m { type inet_service : ipv4_addr . inet_service ; elements = { 80 : 10.0.0.1 . 8080 } }
nft add set ip t s { type ipv4_addr ; flags interval ; elements = { 10.0.0.0/8 } }
nft add chain ip t c { type nat hook prerouting priority -100 ; }
nft add rule ip t c fib daddr type local meta l4proto tcp dnat to tcp dport map @m
nft add rule ip t c ip saddr @s ct state new limit rate 5/second counter log prefix "x" accept
nft add rule ip t c iifname "eth*" meta mark set 0x1 masquerade random
`;

/** What this kernel lacks is left out: the corpus only begins the search. */
function furnish() {
  for (const line of COMMANDS.trim().split('\n')) {
    try {
      execFileSync('sh', ['-c', line.replace(/[{};]/g, '\\$&')], { stdio: 'ignore' });
    } catch {
      continue;
    }
  }
}

const BODIES = [
  {},
  { family: 'ip' },
  { family: 'inet6' },
  { family: 'bridge' },
  ...['v1', 'br0', 'vx0'].flatMap((name) => [{ ifname: name }, { dev: name }]),
  { family: 'ip', table: 't' },
  { family: 'ip', table: 't', set: 'm' },
  { family: 'ip', table: 't', set: 's' },
];

async function answers() {
  const { runProgram } = modules('executor/run-program');
  const { handleOf } = modules('nsfs/handle');
  const { NetworkNamespace } = modules('index');
  const host = await NetworkNamespace.current();
  const found = [];
  for (const family of Object.keys(schema.families)) {
    for (const verb of ['list', 'get']) {
      for (const body of BODIES) {
        const steps = [{ op: 'request', slot: 0, family, verb, body, reply: true }];
        const program = { slots: [{ netns: handleOf(host) }], steps, atomic: false, deadlineMs: 3000 };
        // A refusal of the body or the kernel: that is no answer.
        const outcome = await runProgram(program).catch(() => undefined);
        const reply = outcome?.results[0]?.reply;
        if (reply) found.push(...messagesIn(family, Buffer.from(reply)));
      }
    }
  }
  await host.close();
  return found;
}

function messagesIn(family, bytes) {
  const found = [];
  for (let at = 0; at + MESSAGE_HEADER <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    if (length < MESSAGE_HEADER || at + length > bytes.length) break;
    found.push({ family, bytes: Buffer.from(bytes.subarray(at, at + length)) });
    at += Math.ceil(length / 4) * 4;
  }
  return found;
}

function golden() {
  return samples.map(({ family, wire }) => {
    const body = Buffer.from(wire, 'hex');
    const header = Buffer.alloc(MESSAGE_HEADER);
    header.writeUInt32LE(MESSAGE_HEADER + body.length, 0);
    header.writeUInt16LE(schema.families[family].newType, 4);
    return { family, bytes: Buffer.concat([header, body]) };
  });
}

/** Different messages: { family, protocol, bytes }. Needs a scratch host. */
async function corpus() {
  furnish();
  const all = [...golden(), ...(await answers())];
  const different = new Map(all.map((message) => [message.family + message.bytes.toString('hex'), message]));
  return [...different.values()].map((one) => ({ ...one, protocol: schema.families[one.family].protocol }));
}

module.exports = { corpus, samples, schema };
