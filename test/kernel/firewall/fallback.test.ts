import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Network, NetworkNamespace } from '../../../src';
import {
  fetchText,
  lab,
  machineSnapshot,
  needTools,
  nodeCommand,
  rulesOf,
  run,
  scratchName,
  serve,
  snapshot,
  WAN,
} from '../../support';

needTools('ip', 'nft', 'curl', 'python3', 'iptables-legacy');

const filter = path.join(__dirname, '../../programs', 'without-nftables.py');

/** A directory in which the tool iptables is the one that needs no nf_tables, as such a system would have it. */
function legacyTools(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-tools-'));
  for (const verb of ['save', 'restore'])
    for (const tool of ['iptables', 'ip6tables'])
      fs.symlinkSync(`/usr/sbin/${tool}-legacy-${verb}`, path.join(directory, `${tool}-${verb}`));
  return directory;
}

test('where the kernel has no nf_tables, a network uses iptables by itself', async () => {
  const { host, internet } = await lab({ named: true });
  const [rules, before, beside] = [await rulesOf(host), await snapshot(host), machineSnapshot()];
  const tools = legacyTools();
  const name = scratchName();
  const command = [filter, ...nodeCommand('network-fallback', [host.name ?? '', name])];
  const env = { ...process.env, PATH: `${tools}:${process.env['PATH'] ?? ''}` };
  const child = spawn('python3', command, { stdio: ['pipe', 'pipe', 'inherit'], env });
  const ended = once(child, 'exit');
  const [said] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
  expect(JSON.parse(String(said))).toEqual({
    firewall: 'iptables',
    publications: 2,
  });
  const { stdout } = await run(host, 'iptables-legacy-save');
  expect(stdout).toMatch(/-d 192\.0\.2\.1\/32 -p tcp .*--to-destination 10\.66\.0\.2:5000/);
  expect(await run(host, 'nft', ['list', 'tables'])).toMatchObject({ stdout: '' });
  const netns = await NetworkNamespace.open(name);
  const server = await serve(netns, 5000, 'inside');
  expect(await fetchText(internet, `${WAN}:8080`)).toMatch(/^inside /);
  await server.stop();
  await netns.close();
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
  fs.rmSync(tools, { recursive: true });
  expect(await rulesOf(host)).toEqual(rules);
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(beside);
});

test('with nf_tables in the kernel it is nf_tables', async () => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'default', subnet: '10.66.0.0/24', host });
  expect(await network.inspect()).toMatchObject({ firewall: 'nftables' });
});
