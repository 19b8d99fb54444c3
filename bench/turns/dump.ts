/** All links of a host with N ports on a bridge: `dump CONTENDER N`. */
import { NetworkNamespace } from 'netloom';
import { built, script } from '../paths';
import { FLOOR, OURS } from '../sample';
import { feed, report, tool, turn } from './host';

const TIMES = 30;
const programs: Readonly<Record<string, readonly string[]>> = {
  [FLOOR]: [built('dump')],
  'Go netlink': [built('go-netlink'), 'dump'],
  'Rust rtnetlink': [built('rust-rtnetlink'), 'dump'],
  pyroute2: [script('dump/pyroute2_dump.py')],
};

async function dump(contender = '', count = ''): Promise<void> {
  const expected = makeLinks(Number(count));
  const { found, times } = await measure(contender);
  if (found !== expected) throw new Error(`found ${found} links of ${expected}`);
  for (const value of times) report({ metric: 'all links', unit: 'us', value });
}

/** Ports of one bridge, up and with an address each; no IPv6, whose end of duplicate address detection is to come. */
function makeLinks(n: number): number {
  feed('1', 'tee', '/proc/sys/net/ipv6/conf/default/disable_ipv6');
  const pairs = Array.from({ length: n }, (_, k) => [
    `link add pb${k} up master pb-br type veth peer name p${k} netns pb-far`,
    `addr add 10.120.${k >> 8}.${k & 255}/32 dev pb${k}`,
  ]);
  feed(
    ['link add pb-br up type bridge', 'netns add pb-far', ...pairs.flat()].join('\n'),
    'ip',
    '-batch',
    '-',
  );
  return (JSON.parse(tool('ip', '-j', 'link')) as unknown[]).length;
}

async function measure(contender: string): Promise<{ found: number; times: number[] }> {
  if (contender === OURS) return ours();
  const program = programs[contender];
  return program ? byProgram(program) : byProcess();
}

async function ours(): Promise<{ found: number; times: number[] }> {
  await using here = await NetworkNamespace.current();
  const times: number[] = [];
  let found = 0;
  for (let k = 0; k < TIMES; k++) {
    const start = performance.now();
    found = (await here.rtnl.link.list()).length;
    times.push((performance.now() - start) * 1000);
  }
  return { found, times };
}

/** A program that reads the links so often and says each time how many there were and how long that took. */
function byProgram([command = '', ...args]: readonly string[]): { found: number; times: number[] } {
  const lines = tool(command, ...args, String(TIMES))
    .trim()
    .split('\n');
  const readings = lines.map((line) => line.split(' ').map(Number));
  return { found: readings[0]?.[0] ?? 0, times: readings.map(([, time = NaN]) => time) };
}

/** `ip` can be asked only by starting it. */
function byProcess(): { found: number; times: number[] } {
  const times: number[] = [];
  let found = 0;
  for (let k = 0; k < TIMES; k++) {
    const start = performance.now();
    const text = tool('ip', '-j', 'link');
    times.push((performance.now() - start) * 1000);
    found = (JSON.parse(text) as unknown[]).length;
  }
  return { found, times };
}

turn(dump);
