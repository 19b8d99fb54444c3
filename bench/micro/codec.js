// What the codec costs: encoding a veth with its peer, decoding, and whole lists of N links, addresses and routes.
// Makes its own devices: run it inside scripts/scratch-host.sh, as `node bench/micro/codec.js [N]`.
'use strict';
const { NetworkNamespace, Plan } = require('../..');
const { encodeRequest } = require('../../dist-modules/codec/encode/encode');

const count = Number(process.argv[2] ?? 1000);

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function report(label, times, unit) {
  console.log(
    `${label.padEnd(28)} median ${median(times).toFixed(2)} ${unit}, least ${times[0].toFixed(2)} ${unit}`,
  );
}

/** Microseconds of one call, over rounds of many. */
function measure(label, call) {
  const times = Array.from({ length: 15 }, () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 2000; i++) call(i);
    return Number(process.hrtime.bigint() - start) / 2000 / 1e3;
  });
  report(label, times, 'us');
}

/** Milliseconds of one call that is awaited. */
async function measureList(label, call) {
  const times = [];
  let length = 0;
  for (let i = 0; i < 15; i++) {
    const start = process.hrtime.bigint();
    length = (await call()).length;
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  report(`${label} (${length})`, times, 'ms');
}

async function furnish() {
  const host = await NetworkNamespace.create();
  const other = await NetworkNamespace.create();
  const ports = Array.from({ length: count }, (_, i) => i + 1);
  const add = (ifname, rest) => ({ op: 'link.add', netns: 'host', body: { ifname, up: true, ...rest } });
  await new Plan({
    namespaces: { host, other },
    steps: [
      add('br', { kind: 'bridge' }),
      ...ports.flatMap((i) => [
        add(`v${i}`, { kind: 'veth', master: 'br', peer: { ifname: `p${i}`, netns: 'other' } }),
        { op: 'link.set', netns: 'other', body: { ifname: `p${i}`, up: true } },
        { op: 'addr.add', netns: 'host', body: { dev: `v${i}`, address: `10.120.${i >> 8}.${i & 255}/32` } },
      ]),
    ],
  }).apply();
  return { host, other };
}

async function main() {
  const body = (i) => ({
    ifname: `v${i}`,
    kind: 'veth',
    up: true,
    master: 7,
    numTxQueues: 1,
    numRxQueues: 1,
    group: 12,
    data: {
      peer: {
        ifname: 'eth0',
        netns: 0,
        up: true,
        numTxQueues: 1,
        numRxQueues: 1,
        address: '02:00:00:00:00:01',
      },
    },
  });
  measure('encode veth with peer', (i) => encodeRequest({ family: 'link', verb: 'add', body: body(i) }));
  measure('encode address', () =>
    encodeRequest({
      family: 'addr',
      verb: 'add',
      body: { dev: 3, address: '10.0.0.2/24', scope: 'global' },
    }),
  );
  const { host, other } = await furnish();
  const { rtnl } = host;
  await measureList('links', () => rtnl.link.list());
  await measureList('addresses', () => rtnl.addr.list());
  await measureList('routes', () => rtnl.route.list());
  await measureList('one link', async () => [await rtnl.link.get({ ifname: 'v7' })]);
  await host.delete();
  await other.delete();
}

void main();
