import { NetworkNamespace } from '../../../src/netns/namespace';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';
import { createTable, deleteTable } from '../../../src/firewall/network/table/create-table';
import { addressBytes } from '../../../src/base/ip';
import { publishPorts } from '../../../src/firewall/network/published-ports';
import {
  busySteps,
  furnish,
  type Json,
  keep,
  killed,
  namedHost,
  needTools,
  run,
  scratchName,
  snapshot,
  tool,
} from '../../support';

needTools('ip', 'bridge', 'nft', 'sysctl', 'nsenter');

// What two namespaces never share: numbers that the kernel gives out, and addresses that it makes up.
const OWN =
  /^(ifindex|link_index|link_netnsid|address|bridge_id|root_id|designated_root|designated_bridge|peer_ifindex)$/;
const RANDOM = /^fe80::|^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** A snapshot as any namespace with the same configuration shows it. */
function comparable(value: Json): Json {
  if (Array.isArray(value)) {
    return value.filter((item: Json) => !RANDOM.test(String(item?.dst ?? item?.local))).map(comparable);
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => !(OWN.test(key) && (typeof inner !== 'string' || isRandom(inner))),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, comparable(inner)]));
}

function isRandom(text: string): boolean {
  return /[0-9a-f]{2}:[0-9a-f]{2}:/.test(text) && !text.startsWith('02:00:00:00');
}

/** Carries one plan out natively in one scratch host and as shell commands in another. */
async function both(
  make: (names: { red: string; blue: string }) => Step[],
  prepare: (host: NetworkNamespace) => Promise<void>,
): Promise<void> {
  const [ours, theirs] = [await namedHost(), await namedHost()];
  await prepare(ours);
  await prepare(theirs);
  const names = { red: scratchName(), blue: scratchName() };
  const { namespaces } = await new Plan({ namespaces: { host: ours }, steps: make(names) }).apply();
  const other = { red: scratchName(), blue: scratchName() };
  const script = new Plan({ namespaces: { host: theirs }, steps: make(other) }).explain();
  await tool('sh', ['-ec', script]);
  const pairs: [NetworkNamespace, NetworkNamespace][] = [[ours, theirs]];
  for (const label of Object.keys(namespaces) as ('red' | 'blue')[]) {
    pairs.push([
      keep(namespaces[label] as NetworkNamespace),
      keep(await NetworkNamespace.open(other[label])),
    ]);
  }
  for (const [native, shell] of pairs) {
    const expected = comparable(await snapshot(shell));
    expect(Object.values(expected as Record<string, Json[]>).flat().length).toBeGreaterThan(20);
    expect(comparable(await snapshot(native))).toEqual(expected);
  }
}

test('fifty steps and the commands that they stand for have the same effect', async () => {
  await both(busySteps, furnish);
});

test.each([
  ['ip', '10.7.0.0/24', '192.0.2.1', '10.7.0.2'],
  ['ip6', 'fd00:7::/64', '2001:db8::1', 'fd00:7::2'],
] as const)("a network's %s firewall and the nft transaction have the same effect", async (...names) => {
  const [family, network, hostAddress, address] = names;
  const [first = '', prefix] = network.split('/');
  const subnet = { network: addressBytes(first), prefix: Number(prefix) };
  const table = createTable({
    name: 'n',
    subnet,
    device: 'br0',
    nat: true,
    open: true,
    loopback: family === 'ip',
    owner: false,
  });
  const port = { hostAddress, protocol: 'tcp', address, port: 80 } as const;
  const ports = [8080, 8081].map((hostPort) => ({ ...port, hostPort }));
  const requests = [...table, ...publishPorts('n', ports)];
  const steps: Step[] = [{ op: 'firewall', netns: 'host', requests, inverse: deleteTable('n', family) }];
  await both(
    () => steps,
    async () => Promise.resolve(),
  );
});

test('the commands for namespaces that are opened by their place', async () => {
  const host = await namedHost();
  const child = host.spawn('sleep', ['60'], { stdio: 'ignore' });
  const label = scratchName();
  const steps: Step[] = [
    { op: 'netns.open', netns: label, path: `/proc/${child.pid}/ns/net` },
    { op: 'link.add', netns: label, body: { ifname: "it's", kind: 'bridge' } },
  ];
  try {
    await tool('sh', ['-ec', new Plan({ steps }).explain()]);
  } finally {
    await killed(child);
  }
  const { stdout } = await run(host, 'ip', ['-br', 'link']);
  expect(stdout).toContain("it's");
  await tool('ip', ['netns', 'delete', label]);
});

test('as JSON it is the steps', () => {
  const steps = busySteps({ red: 'red', blue: 'blue' });
  expect(JSON.parse(new Plan({ steps }).explain('json'))).toEqual(JSON.parse(JSON.stringify(steps)));
});
