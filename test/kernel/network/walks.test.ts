import { spawn } from 'node:child_process';
import { killed, lab, needTools, nodeCommand, runChild, scratchName, waitForText } from '../../support';

needTools('ip');

/** How many files of src/ a call enters, codec and plans included. These only shrink; the goals are 12 and 25. */
const MOST = { attach: 43, gc: 102 };

/** The functions that run during a call, by file of src/. */
async function walk(call: keyof typeof MOST, hosts: readonly string[]): Promise<Record<string, string[]>> {
  const { code, stdout, stderr } = await runChild('walk', [call, ...hosts]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const walked = JSON.parse(stdout) as Record<string, string[]>;
  const lines = Object.entries(walked).map(([file, functions]) => `  ${file}: ${functions.join(', ')}`);
  console.info([`${call}() enters ${String(lines.length)} files of src/`, ...lines.sort()].join('\n'));
  return walked;
}

async function labHost(): Promise<string> {
  const { host } = await lab({ named: true });
  return host.name ?? '';
}

/** A host with a persistent network whose process was killed. */
async function hostOfTheDead(): Promise<string> {
  const host = await labHost();
  const [program = '', ...args] = nodeCommand('network-setup', [host, 'persistent', scratchName(), '2']);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await waitForText(child, 'done');
  await killed(child);
  return host;
}

test('one attach() on a warm network', async () => {
  const walked = await walk('attach', [await labHost()]);
  expect(Object.keys(walked).length).toBeLessThanOrEqual(MOST.attach);
  expect(walked).toHaveProperty(['network/members/attach.ts']);
});

test('one gc() on a host with a dead network', async () => {
  const hosts = [await hostOfTheDead(), await hostOfTheDead(), await hostOfTheDead()];
  const walked = await walk('gc', hosts);
  expect(Object.keys(walked).length).toBeLessThanOrEqual(MOST.gc);
  expect(walked).toHaveProperty(['network/gc/gc.ts']);
});
