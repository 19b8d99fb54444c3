import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NetworkNamespace } from '../../src/netns/namespace';
import { killed } from './child';
import { tool } from './command';
import { eventually } from './process';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

// What a failed test leaves open would outlive it, and the test run.
const standing = new Set<() => Promise<void>>();
afterEach(async () => {
  await Promise.all([...standing].map((end) => end()));
});

/** Open vSwitch of one test's own: its files lie in a directory of its own, and it ends with the block that holds it. */
export interface OpenVSwitch extends AsyncDisposable {
  readonly socket: string;
  /** Asks the database by the distribution's tool; the answer without white space around it. */
  vsctl(...args: string[]): Promise<string>;
  /** Asks a bridge for what the switch does, by OpenFlow. */
  ofctl(command: string, bridge: string): Promise<string>;
}

/** Starts the database in this process's namespace and the switch in that of a host, both as children of this process. */
export async function openVSwitch(host: NetworkNamespace): Promise<OpenVSwitch> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ovs-'));
  const file = (name: string): string => path.join(directory, name);
  const [database, socket] = [file('conf.db'), file('db.sock')];
  const env = { ...process.env, OVS_RUNDIR: directory, OVS_LOGDIR: directory };
  const options = { env, stdio: 'ignore' } as const;
  const common = (name: string): string[] => [
    `--unixctl=${file(`${name}.ctl`)}`,
    '--no-chdir',
    '-vconsole:off',
  ];
  await tool('ovsdb-tool', ['create', database, SCHEMA]);
  const server = spawn('ovsdb-server', [database, `--remote=punix:${socket}`, ...common('server')], options);
  const vsctl = async (...args: string[]): Promise<string> =>
    (await tool('ovs-vsctl', [`--db=unix:${socket}`, '--timeout=5', ...args])).stdout.trim();
  await eventually('the database listens', () => Promise.resolve(fs.existsSync(socket)));
  await vsctl('--no-wait', 'init');
  const daemon = host.spawn('ovs-vswitchd', [`unix:${socket}`, ...common('vswitchd')], options);
  const end = async (): Promise<void> => {
    if (!standing.delete(end)) return;
    await killed(daemon, 'SIGTERM');
    await killed(server, 'SIGTERM');
    fs.rmSync(directory, { recursive: true, force: true });
  };
  standing.add(end);
  return {
    socket,
    vsctl,
    ofctl: async (command, bridge) =>
      (await tool('ovs-ofctl', [command, `unix:${file(`${bridge}.mgmt`)}`])).stdout,
    [Symbol.asyncDispose]: end,
  };
}
