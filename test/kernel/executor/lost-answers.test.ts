import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { ended, ipJson, type Json, namedHost, needTools, runChildBy, sh, tool } from '../../support';

needTools('ip', 'strace', 'sh');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-'));
afterAll(() => {
  fs.rmSync(directory, { recursive: true });
});

/** Runs a program under strace; also answers how often the pattern occurs among what it received. */
async function traced(
  name: string,
  args: readonly string[],
  pattern: RegExp,
): Promise<{ result: Json; seen: number }> {
  const file = path.join(directory, name);
  const strace = ['strace', '-f', '-qq', '-s', '64', '-e', 'trace=recvmsg,recvfrom', '-o', file];
  const { code, stdout, stderr } = await runChildBy(strace, name, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return {
    result: JSON.parse(stdout),
    seen: fs.readFileSync(file, 'utf8').match(pattern)?.length ?? 0,
  };
}

test('a lost answer is asked for, never guessed: every result is what the kernel shows', async () => {
  const host = await namedHost();
  const taken = Array.from({ length: 200 }, (_, number) => number * 3);
  const prefix = (number: number): string => `10.${number >> 8}.${number & 255}.0/24`;
  const routes = taken.map((number) => `ip route add ${prefix(number)} via 192.0.2.9`);
  await sh(host, `ip link add br0 type bridge; ip link set br0 up; ip addr add 192.0.2.1/24 dev br0`);
  await sh(host, routes.join('\n'));

  const { result, seen } = await traced('lost-acks', [host.name], /ENOBUFS/g);
  expect(seen).toBeGreaterThan(0);
  expect(result.added).toHaveLength(600);
  for (const [number, code] of (result.added as string[]).entries()) {
    expect({ number, code }).toEqual({ number, code: number % 3 === 0 ? 'EEXIST' : 'done' });
  }
  expect(new Set(result.deleted)).toEqual(new Set(['done']));
  expect(new Set(result.replaced)).toEqual(new Set(['done']));
  expect(result.ifname).toBe('lo');

  const gateways = new Map(
    (await ipJson(host, 'route')).map(({ dst, gateway }: Json) => [dst as string, gateway as string]),
  );
  for (let number = 0; number < 600; number++) {
    const expected = ['192.0.2.9', undefined, '192.0.2.3'][number % 3];
    expect({ number, gateway: gateways.get(prefix(number)) }).toEqual({ number, gateway: expected });
  }
});

test('a list that changes while it is read is read again, and either whole or an error', async () => {
  const host = await namedHost();
  const batch = path.join(directory, 'stable');
  const stable = Array.from(
    { length: 300 },
    (_, number) => `link add s${number} type veth peer name s-${number}`,
  );
  fs.writeFileSync(batch, stable.join('\n'));
  await tool('ip', ['-n', host.name, '-batch', batch]);
  // Churn until the lists are done; the bound is for a test that fails.
  const script = `for i in $(seq 2000); do echo "link add c$i type veth peer name d$i"; echo "link del c$i"; done | ip -n ${host.name} -batch -`;
  const churn = spawn('sh', ['-c', script], { detached: true, stdio: 'ignore' });
  const over = ended(churn);
  try {
    const { result, seen } = await traced('list-links', [host.name], /NLM_F_DUMP_INTR/g);
    expect(seen).toBeGreaterThan(0);
    expect(result.incomplete).toBe(0);
    expect(result.complete).toBeGreaterThan(0);
    expect(result.errors.filter((code: string) => code !== 'EINTR')).toEqual([]);
  } finally {
    process.kill(-(churn.pid as number), 'SIGKILL');
    await over;
  }
}, 120_000);
