import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { gc } from '../../../src/network/gc/gc';
import { Network } from '../../../src/network/network';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';
import type { TracedStep } from '../../../src/trace/events';
import {
  BEYOND6,
  fetchText,
  isMachineRoot,
  lab,
  lab6,
  needTools,
  nftJson,
  rulesOf,
  run,
  runChild,
  runChildBy,
  serve,
  WAN,
  WAN6,
} from '../../support';

needTools('ip', 'nft', 'curl', 'unshare', 'mount', 'iptables-nft', 'iptables-legacy');

const subnet = '10.66.0.0/24';
const flavours = ['iptables-nft', 'iptables-legacy'] as const;

// iptables-nft-restore can enlarge its socket's buffer only as the machine's root, and takes no more than fits at once.
const MANY = isMachineRoot() ? 1000 : 200;

test.each(flavours)(`%s: ${MANY} ports are one run of iptables-restore`, async (firewall) => {
  const { host, internet } = await lab();
  const network = await Network.create({ name: 'many', subnet, host, firewall });
  const endpoint = await network.attach('red');
  const server = await serve(endpoint.netns, 5000, 'last');
  const ports = Array.from({ length: MANY }, (_, index) => ({
    hostAddress: WAN,
    hostPort: 20_000 + index,
    to: endpoint,
    port: 5000,
  }));
  await network.publishMany(ports);
  expect((await network.inspect()).publications).toHaveLength(MANY);
  expect(await fetchText(internet, `${WAN}:${19_999 + MANY}`)).toMatch(/^last /);
  const shell = (await network.plan()).explain();
  expect(shell).toContain(`${firewall}-restore --noflush --wait=10 <<'END'\n*raw\n`);
  await server.stop();
  await network.delete();
});

test.each(flavours)('%s: of rules that others removed in part, the rest goes', async (firewall) => {
  const { host } = await lab();
  const before = await rulesOf(host);
  const network = await Network.create({ name: 'half', subnet, host, firewall });
  await run(host, firewall, ['-t', 'nat', '-F', 'POSTROUTING']);
  await run(host, firewall, ['-t', 'raw', '-F', 'PREROUTING']);
  await network.delete();
  expect(await rulesOf(host)).toEqual(before);
});

test.each(flavours)('%s: a network that cannot be made leaves no rules', async (firewall) => {
  const { host } = await lab();
  await run(host, 'ip', ['link', 'add', 'taken', 'type', 'veth', 'peer', 'name', 'other']);
  const before = await rulesOf(host);
  await expect(
    Network.create({ name: 'half', subnet, host, firewall, bridge: 'taken' }),
  ).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await rulesOf(host)).toEqual(before);
  // A table of no kind: the tool commits those before it, and they are taken back.
  const input = '*filter\n:half - [0:0]\nCOMMIT\n*none\nCOMMIT\n';
  const inverse = '*filter\n-X half\nCOMMIT\n*none\nCOMMIT\n';
  const step = { op: 'iptables', netns: 'host', flavour: firewall, family: 'ip', input, inverse } as const;
  await expect(new Plan({ namespaces: { host }, steps: [step] }).apply()).rejects.toMatchObject({
    operation: 'iptables',
    object: `${firewall}-restore`,
    step: 0,
  });
  expect(await rulesOf(host)).toEqual(before);
});

test.each(flavours)('%s: what a killed process leaves is collected', async (firewall) => {
  const { host } = await lab({ named: true });
  const before = await rulesOf(host);
  const child = await runChild('network-killed', [host.name ?? '', firewall]);
  expect(child).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  expect(await rulesOf(host)).not.toEqual(before);
  const removed = [`${firewall} rules of killed`];
  expect((await gc({ host, dryRun: true })).removed).toEqual(expect.arrayContaining(removed));
  expect((await gc({ host })).removed).toEqual(expect.arrayContaining(removed));
  expect(await rulesOf(host)).toEqual(before);
  expect((await gc({ host })).removed).toEqual([]);
});

test.each(flavours)('%s: the same for IPv6', async (firewall) => {
  const { host, internet } = await lab6();
  const before = await rulesOf(host);
  const network = await Network.create({ name: 'six', subnet, subnet6: 'fd00:66::/64', host, firewall });
  const endpoint = await network.attach('red');
  const away = await serve(internet, 80, 'internet', 'http6');
  expect(await fetchText(endpoint.netns, `[${BEYOND6}]`)).toBe(`internet ${WAN6}`);
  const server = await serve(endpoint.netns, 5000, 'six', 'http6');
  await network.publish({ hostAddress: WAN6, hostPort: 8080, to: endpoint, port: 5000 });
  expect((await network.inspect()).publications).toMatchObject([
    { hostAddress: WAN6, address: 'fd00:66::2' },
  ]);
  expect(await fetchText(internet, `[${WAN6}]:8080`)).toBe(`six ${BEYOND6}`);
  await away.stop();
  await server.stop();
  await network.delete();
  expect(await rulesOf(host)).toEqual(before);
});

test('a tool that is not installed is named, with what helps', async () => {
  const { host } = await lab({ named: true });
  const hidden = ['unshare', '--mount', 'sh', '-ec', 'mount -t tmpfs tmpfs /usr/sbin; exec "$@"', 'sh'];
  const child = await runChildBy(hidden, 'network-killed', [host.name ?? '', 'iptables-legacy']);
  expect(child.code).toBe(1);
  expect(child.stderr).toContain('iptables-legacy-save');
  expect(child.stderr).toContain("install the package 'iptables', or choose another firewall");
});

test('what fails with iptables on nf_tables leaves no table that was not there, and every one that was', async () => {
  const { host } = await lab();
  await run(host, 'nft', [
    'table ip raw { chain PREROUTING { type filter hook prerouting priority -300; }; }',
  ]);
  const before = await nftJson(host);
  const step = (table: string, lines: readonly string[]): Step => ({
    ...{ op: 'iptables', netns: 'host', flavour: 'iptables-nft', family: 'ip' },
    input: [`*${table}`, '-N own', ...lines, 'COMMIT', ''].join('\n'),
    inverse: `*${table}\n-F own\n-X own\nCOMMIT\n`,
  });
  const good = [step('nat', ['-A own -j RETURN']), step('filter', ['-A own -j RETURN'])];
  const failures: Step[] = [
    step('raw', ['-A own -j no-such-target']),
    { op: 'link.add', netns: 'host', body: { ifname: 'wan0', kind: 'bridge' } },
  ];
  for (const failure of failures) {
    const plan = new Plan({ namespaces: { host }, steps: [...good, failure] });
    for (let turn = 0; turn < 2; turn++) {
      const error: unknown = await plan.apply().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ operation: failure.op });
      expect(error).not.toHaveProperty('notUndone');
      expect(await nftJson(host)).toEqual(before);
    }
  }
  const spec = { name: 'web', subnet, host, firewall: 'iptables-nft' } as const;
  for (const lifetime of ['process', 'persistent'] as const) {
    await run(host, 'ip', ['link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'nl-web']);
    await expect(Network.create({ ...spec, lifetime })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await nftJson(host)).toEqual(before);
    await run(host, 'ip', ['link', 'delete', 'up0']);
  }
});

describe('the trace tells of steps that iptables carries out', () => {
  const seen: Pick<TracedStep, 'step' | 'result' | 'code'>[] = [];
  const listen = (event: unknown): void => {
    const { step, result, code } = event as TracedStep;
    seen.push({ step, result, ...(code !== undefined && { code }) });
  };
  beforeEach(() => {
    seen.length = 0;
    subscribe('netloom:step', listen);
  });
  afterEach(() => void unsubscribe('netloom:step', listen));

  const common = { op: 'iptables', netns: 'host', flavour: 'iptables-nft', family: 'ip' } as const;
  const chain = (name: string): string => `*filter\n:${name} - [0:0]\nCOMMIT\n`;
  const without = (name: string): string => `*filter\n-X ${name}\nCOMMIT\n`;

  test('that they are done, and undone, or not', async () => {
    const { host } = await lab();
    const steps: Step[] = [
      { op: 'sysctl', netns: 'host', path: 'net/ipv4/ip_forward', value: '1' },
      { ...common, input: chain('one'), inverse: without('one') },
      { ...common, input: chain('two') },
      { ...common, input: chain('three'), inverse: without('none') },
      { op: 'link.set', netns: 'host', body: { ifname: 'nosuch', up: true } },
    ];
    const refused = new Plan({ namespaces: { host }, steps }).apply();
    await expect(refused).rejects.toMatchObject({
      notUndone: [expect.any(String), "step 2 (iptables in 'host') cannot be undone"],
    });
    expect(seen).toEqual([
      { step: 1, result: 'done' },
      { step: 2, result: 'done' },
      { step: 3, result: 'done' },
      { step: 0, result: 'done' },
      { step: 4, result: 'failed', code: 'ENODEV' },
      { step: 0, result: 'undone' },
      { step: 3, result: 'not undone', code: expect.any(String) },
      { step: 2, result: 'not undone' },
      { step: 1, result: 'undone' },
    ]);
    const { stdout } = await run(host, 'iptables-nft', ['-S']);
    expect(stdout.match(/^-N .*$/gm)?.sort()).toEqual(['-N three', '-N two']);
  });

  test('that one fails', async () => {
    const { host } = await lab();
    const steps: Step[] = [
      { ...common, input: chain('one'), inverse: without('one') },
      { ...common, input: '*none\nCOMMIT\n', inverse: '' },
    ];
    await expect(new Plan({ namespaces: { host }, steps }).apply()).rejects.toMatchObject({ step: 1 });
    expect(seen).toEqual([
      { step: 0, result: 'done' },
      { step: 1, result: 'failed', code: expect.any(String) },
      { step: 0, result: 'undone' },
    ]);
  });
});
