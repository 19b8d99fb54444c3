import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { lab, needTools, runChildBy } from '../../../support';

needTools('strace', 'ip', 'nft');

const CALLS = '?access,?faccessat,?faccessat2,sendmsg,sendto,unshare,execve';

test('attachMany(100) needs at most 3 netlink sends for each namespace, and no process', async () => {
  const { host } = await lab({ named: true });
  const file = path.join(os.tmpdir(), `netloom-trace-${process.pid}`);
  const command = ['strace', '-f', '-qq', '-e', `trace=${CALLS}`, '-o', file];
  const child = await runChildBy(command, 'attach-many', [host.name ?? '', '100']);
  expect(child).toMatchObject({ code: 0, stderr: '' });
  const calls = fs.readFileSync(file, 'utf8').split('\n');
  fs.rmSync(file);
  const at = (mark: string): number => calls.findIndex((line) => line.includes(`"/mark-${mark}"`));
  const count = (name: string, from: string, to: string): number =>
    calls.slice(at(from), at(to)).filter((line) => line.includes(`${name}(`)).length;

  const sends = count('sendmsg', 'attach', 'publish') + count('sendto', 'attach', 'publish');
  expect(count('unshare', 'attach', 'publish')).toBe(100);
  expect(sends).toBeGreaterThan(0);
  expect(sends).toBeLessThanOrEqual(300);
  console.info(`attachMany(100): ${sends} sends`);

  // A thousand ports are one transaction: a question for the generation of the rules, and one send for all. Before that the host
  // is asked for its address and its bridge, for the sockets that listen there, by IPv4 and by IPv6, and for the tables of other networks.
  expect(count('sendmsg', 'publish', 'end') + count('sendto', 'publish', 'end')).toBe(7);
  // What starts the child itself, and nothing else.
  const started = calls.filter((line) => line.includes('execve('));
  expect(started.length).toBeGreaterThan(0);
  expect(started.filter((line) => !/"[^"]*\/(env|node)", \[/.test(line))).toEqual([]);
  expect(count('execve', 'attach', 'end')).toBe(0);
});
