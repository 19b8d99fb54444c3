import { Network } from '../../../../src/network/network';
import { Plan } from '../../../../src/plan/plan';
import type { Step } from '../../../../src/plan/spec/step';
import { lab, needTools } from '../../../support';

needTools('ip', 'nft');

test.each([
  [{ mode: 'bridge' }],
  [{ mode: 'routed' }],
  [{ mode: 'bridge', lifetime: 'persistent' }],
  [{ mode: 'routed', lifetime: 'persistent' }],
  [{ mode: 'routed', lifetime: 'persistent', subnet6: 'fd00:66::/64' }],
] as const)('the plan of a network is plain data, and reads back from it: %j', async (options) => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', ...options, host });
  const red = await network.attach('json-red');
  await network.publish({ hostAddress: '0.0.0.0', hostPort: 8080, to: red, port: 80 });
  const plan = await network.plan();
  const { namespaces } = plan;
  const json = JSON.stringify(plan);
  const steps = JSON.parse(json) as Step[];
  expect(steps).toEqual(JSON.parse(plan.explain('json')));
  // Bytes are lists of numbers, whichever class had them.
  expect(json).not.toContain('"Buffer"');
  const read = new Plan({ namespaces, steps });
  expect(read.explain()).toBe(plan.explain());
  expect(read.explain('json')).toBe(plan.explain('json'));
});
