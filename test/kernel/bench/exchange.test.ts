import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { type Inside, namedHost, needTools, run, scratchHost, sh } from '../../support';

needTools('ip', 'nsenter', 'make', 'cc');

const ROOT = path.join(__dirname, '../../..');
const JUDGE = path.join(ROOT, 'out/bench/exchange');
const GATEWAY = '10.5.0.1';

beforeAll(() => {
  execFileSync('make', ['--silent', '-C', path.join(ROOT, 'bench'), 'judge']);
});

/** What the judge of the benchmark says of these namespaces, for a service in `host`. */
function judge(host: Inside, insides: readonly string[], width: number): { status: number; lines: string[] } {
  const command = [`--net=${place(host)}`, '--', JUDGE, GATEWAY, String(width)];
  const { status, stdout } = spawnSync('nsenter', command, { input: insides.join('\n'), encoding: 'utf8' });
  return { status: status ?? -1, lines: stdout.trim().split('\n') };
}

function place({ fd }: Inside): string {
  return `/proc/${process.pid}/fd/${fd}`;
}

/** A bridge with the service's address, and namespaces on it that know nothing of it but their own address. */
async function bridged(host: Inside, ends: readonly Inside[]): Promise<void> {
  await sh(host, `ip link add br0 up type bridge; ip addr add ${GATEWAY}/24 dev br0`);
  for (const [k, end] of ends.entries()) {
    await run(host, 'ip', [
      ...['link', 'add', `port${k}`, 'up', 'master', 'br0', 'type', 'veth'],
      ...['peer', 'name', 'eth0', 'netns', place(end)],
    ]);
    await sh(end, `ip link set eth0 up; ip addr add 10.5.0.${k + 2}/24 dev eth0`);
  }
}

const neighbours = async (ns: Inside): Promise<string> => (await run(ns, 'ip', ['-4', 'neigh'])).stdout;

test('descriptors and names exchange, one after another and all at once, and what they learned is forgotten', async () => {
  const host = await scratchHost();
  const named = await namedHost();
  const ends: NetworkNamespace[] = [await scratchHost(), await scratchHost(), named];
  await bridged(host, ends);
  await sh(host, 'ip neigh add 10.5.0.99 lladdr 02:00:00:00:00:99 dev br0 nud permanent');
  const insides = [...ends.slice(0, 2).map(place), `/run/netns/${named.name}`];
  for (const width of [1, 2, 3]) {
    expect(judge(host, insides, width)).toEqual({ status: 0, lines: ['EXCHANGED 3 of 3'] });
    expect(await Promise.all(ends.map(neighbours))).toEqual(['', '', '']);
    expect(await neighbours(host)).toMatch(/^10\.5\.0\.99 [^\n]*PERMANENT\s*$/);
  }
}, 60_000);

test('whoever has no exchange is named with the reason, and the rest is not tried', async () => {
  const host = await scratchHost();
  const alone = await scratchHost();
  const end = await scratchHost();
  await bridged(host, [end]);
  const gone = '/run/netns/was-never-there';
  expect(judge(host, [place(end), gone, place(alone), place(host)], 4)).toEqual({
    status: 1,
    lines: [
      `FAILED ${gone}: cannot be entered: No such file or directory`,
      `FAILED ${place(alone)}: connect: Network is unreachable`,
      `FAILED ${place(host)}: it is the service's own namespace`,
      'EXCHANGED 1 of 4',
    ],
  });
  expect(judge(host, [gone, place(end)], 1).lines).toEqual([
    expect.stringContaining(gone),
    `FAILED ${place(end)}: was not tried after the others`,
    'EXCHANGED 0 of 2',
  ]);
}, 60_000);

test('two namespaces of one address are no two endpoints', async () => {
  const host = await scratchHost();
  const end = await scratchHost();
  await bridged(host, [end]);
  expect(judge(host, [place(end), place(end)], 1)).toEqual({
    status: 1,
    lines: [`FAILED ${place(end)}: another namespace has the same address`, 'EXCHANGED 1 of 2'],
  });
}, 60_000);
