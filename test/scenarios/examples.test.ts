import fs from 'node:fs';
import path from 'node:path';
import { machineSnapshot, needTools, runChild } from '../support';

needTools('ip', 'nft', 'ping', 'curl');

/** Each tutorial's example, and the last thing that it says. */
const examples = {
  'nat-bridge': 'the internet sees the daemon as 192.0.2.1',
  isolation: 'three nodes reach each other and the internet',
  containers: 'inside: lo, eth0; 9 routes, 0 rules',
  devices: 'on one LAN: the host and the namespace',
  'two-hosts': 'all of 172.16.0.2, 172.16.0.3, 172.16.1.2, 172.16.1.3 reach each other',
};

test('the example thousand-servers, with fewer, leaves none of them', async () => {
  const machine = machineSnapshot();
  const { code, stdout, stderr } = await runChild('example', ['thousand-servers', '50']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/^50 servers: 1\.0 descriptors and [\d.-]+ KiB each$/) as string,
    '50 of 50 gave the right answer',
    '0 servers are still listening',
  ]);
  expect(machineSnapshot()).toEqual(machine);
});

test.each(Object.entries(examples))('the example %s runs and leaves nothing behind', async (name, last) => {
  const source = fs.readFileSync(path.join(__dirname, '../../examples', `${name}.ts`), 'utf8');
  expect(source.split('\n').length).toBeLessThan(40);
  const machine = machineSnapshot();
  const { code, stdout, stderr } = await runChild('example', [name]);
  expect({ code, stderr, last: stdout.trim().split('\n').at(-1) }).toEqual({ code: 0, stderr: '', last });
  expect(machineSnapshot()).toEqual(machine);
});
