import { attachSteps } from '../../../../src/network/steps/attach-steps';
import { createSteps } from '../../../../src/network/steps/create-steps';
import { SWITCH_BRIDGE_INDEX } from '../../../../src/network/model/labels';
import type { Layout } from '../../../../src/network/model/layout';
import type { Member } from '../../../../src/network/model/member';
import { applyChange } from '../../../../src/network/model/changes';
import { MemoryLedger } from '../../../../src/network/journal/ledger';
import { resolveSpec } from '../../../../src/network/spec/resolve-spec';
import { Compiler } from '../../../../src/plan/compile/compile';
import type { Step } from '../../../../src/plan/spec/step';

const layout = (lifetime: 'process' | 'persistent'): Layout => {
  const { interfaces: _, ...spec } = resolveSpec({ name: 'web', subnet: '10.0.0.0/24', lifetime });
  return { mtu: 1500, ...spec, ipv6: true };
};
const member = (index: number): Member => ({
  name: `n${index}`,
  address: `10.0.0.${index}`,
  ifname: 'eth0',
  mac: `02:00:00:00:00:0${index}`,
  port: `nlport${index}`,
  portMac: `02:00:00:00:01:0${index}`,
  created: true,
  defaultRoute: true,
});
const ops = (steps: readonly Step[]): string[] => steps.map(({ op }) => op);

describe.each(['process', 'persistent'] as const)('the plan of a %s network', (lifetime) => {
  const steps = createSteps(layout(lifetime));

  test('compiles', () => {
    expect(new Compiler(['host']).compile(steps).steps).toHaveLength(steps.length);
  });

  test('has its firewall before anything forwards', () => {
    const forwarding = steps.findIndex((step) => step.op === 'sysctl' && step.path.endsWith('/forwarding'));
    expect(forwarding).toBeGreaterThan(ops(steps).indexOf('firewall'));
    expect(steps.filter((step) => step.op === 'sysctl' && step.path.includes('/all/'))).toEqual([]);
  });

  test('brings no device up that would make an IPv6 address of its own', () => {
    const named = (step: Step): string => ('body' in step && 'ifname' in step.body && step.body.ifname) || '';
    const up = steps.filter((step) => 'body' in step && 'up' in step.body);
    expect(up.length).toBeGreaterThan(0);
    for (const step of up) {
      const quiet = steps.findIndex(
        (other) => named(other) === named(step) && 'body' in other && 'inet6' in other.body,
      );
      expect(quiet).toBeGreaterThanOrEqual(0);
      expect(quiet).toBeLessThan(steps.indexOf(step));
    }
  });
});

test('many members attach in four sweeps, so that few sends carry them', () => {
  const steps = attachSteps(layout('process'), [member(2), member(3)], SWITCH_BRIDGE_INDEX);
  const changes = steps.filter((step, index) => {
    const before = steps[index - 1];
    return !before || !('netns' in step) || !('netns' in before) || before.netns !== step.netns;
  });
  // Two namespaces, the switch, two insides, the host, the switch.
  expect(changes).toHaveLength(7);
  expect(new Compiler(['host', 'switch']).compile(steps).steps).toHaveLength(steps.length);
});

test('a link is born where it belongs and never moved', () => {
  const steps = attachSteps(layout('process'), [member(2)], SWITCH_BRIDGE_INDEX);
  const moves = steps.filter((step) => step.op === 'link.set' && 'netns' in step.body);
  expect(moves).toEqual([]);
  expect(steps.find((step) => step.op === 'link.add')).toMatchObject({
    body: { kind: 'veth', numTxQueues: 1, peer: { netns: 'nlport2', numRxQueues: 1 } },
  });
});

describe('the ledger', () => {
  test('counts what is under way', async () => {
    const ledger = new MemoryLedger();
    const first = await ledger.begin(() => ({ action: 'attach', members: [member(2)] }));
    const second = await ledger.begin((state) => {
      expect(state.members).toHaveLength(1);
      return { action: 'attach', members: [member(3)] };
    });
    await first.rollBack();
    await second.commit();
    expect((await ledger.read()).members).toEqual([member(3)]);
  });

  test('forgets nothing that stays', () => {
    const port = {
      hostAddress: '192.0.2.1',
      hostPort: 80,
      protocol: 'tcp',
      address: '10.0.0.2',
      port: 80,
    } as const;
    const state = { members: [member(2), member(3)], ports: [port, { ...port, hostPort: 81 }] };
    expect(applyChange(state, { action: 'withdraw', ports: [port] }).ports).toEqual([
      { ...port, hostPort: 81 },
    ]);
    expect(applyChange(state, { action: 'detach', members: [member(2)], ports: [port] })).toEqual({
      members: [member(3)],
      ports: [{ ...port, hostPort: 81 }],
    });
  });
});
