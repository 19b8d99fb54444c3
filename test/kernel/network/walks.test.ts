import { killed, lab, needTools, runChild, startSetup } from '../../support';

needTools('ip');

/** The most files of src/ that a call may enter, codec and plans included: growth is to be noticed. */
const MOST = { attach: 44, gc: 114 };

/** The functions that run during a call, by file of src/. */
async function walk(call: keyof typeof MOST, hosts: readonly string[]): Promise<Record<string, string[]>> {
  const { code, stdout, stderr } = await runChild('walk', [call, ...hosts]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const walked = JSON.parse(stdout) as Record<string, string[]>;
  const lines = Object.entries(walked).map(([file, functions]) => `  ${file}: ${functions.join(', ')}`);
  console.info([`${call}() enters ${String(lines.length)} files of src/`, ...lines.sort()].join('\n'));
  return walked;
}

/** A host with a persistent network whose process was killed. */
async function hostOfTheDead(): Promise<string> {
  const { host } = await lab({ named: true });
  const { child, said } = startSetup({ host });
  await said('done');
  await killed(child);
  return host.name ?? '';
}

test('one attach() on a warm network', async () => {
  const { host } = await lab({ named: true });
  const walked = await walk('attach', [host.name ?? '']);
  expect(Object.keys(walked).length).toBeLessThanOrEqual(MOST.attach);
  expect(walked).toHaveProperty(['network/members/attach.ts']);
});

test('one gc() on a host with a dead network', async () => {
  const hosts = [await hostOfTheDead(), await hostOfTheDead(), await hostOfTheDead()];
  const walked = await walk('gc', hosts);
  expect(Object.keys(walked).length).toBeLessThanOrEqual(MOST.gc);
  expect(walked).toHaveProperty(['network/gc/gc.ts']);
});
