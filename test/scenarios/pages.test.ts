import { spawn } from 'node:child_process';
import type { NetworkNamespace } from '../../src';
import {
  type Ended,
  ended,
  lab,
  machineSnapshot,
  needTools,
  nodeCommand,
  programOf,
  type Section,
  sectionsOf,
  sh,
  snapshot,
} from '../support';

needTools('ip', 'nft', 'ping', 'curl', 'getent', 'python3');

/** A host with one way out, two addresses there, and a second device that nobody uses. */
async function exampleHost(): Promise<NetworkNamespace> {
  const { host } = await lab({ named: true });
  await sh(host, 'ip link set lo up; ip addr add 192.0.2.10/24 dev wan0');
  await sh(host, 'ip link add eth1 type veth peer name far1; ip link set eth1 addrgenmode none up');
  return host;
}

function runOn(host: NetworkNamespace, section: Section): Promise<Ended> {
  const inside = `--net=/proc/${process.pid}/fd/${host.fd}`;
  const child = spawn('nsenter', [inside, '--', ...nodeCommand('page')]);
  const end = ended(child);
  child.stdin.end(programOf(section));
  return end;
}

const sections = sectionsOf('docs/network.md');

test('the page about networks has examples in most of its sections, which say what they print', () => {
  expect(sections.length).toBeGreaterThan(8);
  expect(sections.filter(({ printed }) => printed !== '').length).toBeGreaterThan(8);
});

test.each(sections)(
  'docs/network.md, "$title": prints what it says, and leaves nothing behind',
  async (section) => {
    const host = await exampleHost();
    const before = [await snapshot(host), machineSnapshot()];
    const { code, stdout, stderr } = await runOn(host, section);
    expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: '', stdout: section.printed });
    expect([await snapshot(host), machineSnapshot()]).toEqual(before);
  },
);

test("README's first example runs on a host with any addresses, and leaves nothing behind", async () => {
  const { host } = await lab({ named: true });
  const before = [await snapshot(host), machineSnapshot()];
  const [first] = sectionsOf('README.md');
  expect(first?.code).toContain('await network.publish({');
  const { code, stdout } = await runOn(host, first as Section);
  expect(code).toBe(0);
  expect(stdout).toContain('Directory listing');
  expect([await snapshot(host), machineSnapshot()]).toEqual(before);
});
