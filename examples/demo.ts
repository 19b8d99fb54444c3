/**
 * Two namespaces behind a NAT bridge talk to each other, to their host and to the internet; one of them serves the web on
 * a published port. Host and internet are scratch namespaces: the machine itself is not touched, and no `ip`, `nft` or
 * `nsenter` is ever started.
 *
 *   npm run demo
 *   npm run demo -- --no-payload     without the web server and its clients: no process is started at all
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Network, type NetworkNamespace } from 'netloom';
import { diagram, Stopwatch } from './demo/report';
import { buildScene, HOST_ADDRESS, INTERNET_ADDRESS, type Scene } from './demo/scene';
import { fetchFrom, serve } from './demo/traffic';

const withPayload = !process.argv.includes('--no-payload');
const watch = new Stopwatch();

async function main(): Promise<void> {
  const machine = machineState();
  const scene = await watch.time('scratch host and internet', buildScene);
  try {
    const before = await state(scene.host);
    await demonstrate(scene);
    assert.deepEqual(await state(scene.host), before, 'the host has changed');
  } finally {
    await watch.time('remove host and internet', () => scene.remove());
  }
  assert.deepEqual(machineState(), machine, 'the machine has changed');
  console.log(`\nTime that each phase took:\n${watch.toString()}`);
  console.log('\nEverything is removed: the host and the machine are unchanged.');
}

async function demonstrate({ host, internet }: Scene): Promise<void> {
  const network = await watch.time('network with NAT', () =>
    Network.create({ name: 'demo', subnet: '10.0.0.0/24', host }),
  );
  try {
    const [red, blue] = await watch.time('attach red and blue', () => network.attachMany(['red', 'blue']));
    await watch.time('publish a port', () =>
      network.publish({ hostAddress: HOST_ADDRESS, hostPort: 8080, to: red, port: 80 }),
    );
    console.log(`What exists now:\n${await diagram(network)}`);
    if (withPayload) await watch.time('traffic', () => exchange(host, internet, red.netns, blue.netns));
    const plan = await network.plan();
    console.log(`\nThe commands that this replaced:\n${plan.explain()}`);
  } finally {
    await watch.time('remove the network', () => network.delete());
  }
}

async function exchange(
  host: NetworkNamespace,
  internet: NetworkNamespace,
  red: NetworkNamespace,
  blue: NetworkNamespace,
): Promise<void> {
  const stopRed = await serve(red, 80);
  const stopInternet = await serve(internet, 80);
  try {
    const published = `http://${HOST_ADDRESS}:8080/`;
    const calls: [string, NetworkNamespace, string][] = [
      ['blue calls red', blue, 'http://10.0.0.2/'],
      ['the host calls red', host, 'http://10.0.0.2/'],
      ['blue calls the internet', blue, `http://${INTERNET_ADDRESS}/`],
      ['the internet calls the published port', internet, published],
      ['the host calls the published port', host, published],
      ['blue calls the published port', blue, published],
    ];
    console.log('\nReal traffic, and the address that the server saw:');
    for (const [what, from, url] of calls) console.log(`  ${what}: ${await fetchFrom(from, url)}`);
  } finally {
    await Promise.all([stopRed(), stopInternet()]);
  }
}

/** The whole configuration of a namespace, without counters. */
async function state(netns: NetworkNamespace): Promise<unknown> {
  const { links, addresses, routes, rules, firewall, sysctls } = await netns.inspect();
  return { links: links.map(({ ifname }) => ifname), addresses, routes, rules, firewall, sysctls };
}

/** Where the machine itself would show leftovers: links, names, mounts and the journal. */
function machineState(): unknown {
  const files = (directory: string): string[] =>
    fs.existsSync(directory)
      ? fs
          .readdirSync(directory, { recursive: true, withFileTypes: true })
          .filter((entry) => !entry.isDirectory())
          .map((entry) => `${entry.parentPath}/${entry.name}`)
      : [];
  const mounts = fs.readFileSync('/proc/self/mounts', 'utf8').split('\n').sort();
  const links = fs.readFileSync('/proc/self/net/dev', 'utf8').match(/^ *\S+(?=:)/gm) ?? [];
  return { links, names: files('/run/netns'), mounts, journal: files('/run/netloom') };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
