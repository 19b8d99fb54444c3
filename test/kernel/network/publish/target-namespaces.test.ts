import { Network } from '../../../../src/network/network';
import type { NetworkSpec } from '../../../../src/network/spec/network-spec';
import { BEYOND, fetchText, lab, needTools, nftJson, scratchName, serve, WAN } from '../../../support';

needTools('ip', 'nft', 'curl', 'nsenter');

const SPEC: NetworkSpec = { name: 'web', subnet: '172.30.0.0/23', warnings: false };
const KINDS: readonly Partial<NetworkSpec>[] = [
  { lifetime: 'process' },
  { lifetime: 'persistent' },
  { lifetime: 'process', mode: 'routed' },
  { lifetime: 'persistent', mode: 'routed' },
];

test.each(KINDS)(
  '%p: nothing is published to an endpoint whose namespace the program deleted',
  async (kind) => {
    const { host } = await lab();
    await using network = await Network.create({ ...SPEC, ...kind, host });
    const [red, blue] = await network.attachMany([scratchName(), scratchName()]);
    const before = await nftJson(host);
    await red.netns.delete();
    const rule = { hostAddress: WAN, hostPort: 80, port: 80 };
    const publishing = network.publishMany([
      { ...rule, to: blue },
      { ...rule, hostPort: 81, to: red },
    ]);
    await expect(publishing).rejects.toMatchObject({
      code: 'ERR_VALIDATION',
      path: 'to',
      message: expect.stringContaining('the namespace was deleted; detach the endpoint as well') as string,
    });
    expect(network.publications).toEqual([]);
    expect(await nftJson(host)).toEqual(before);
    await network.detach(red);
    await network.publish({ ...rule, to: blue });
  },
);

test('a namespace whose object was only closed is published to by its name', async () => {
  const { host, internet } = await lab();
  await using network = await Network.create({ ...SPEC, lifetime: 'persistent', host });
  const red = await network.attach(scratchName());
  const server = await serve(red.netns, 80, 'red');
  await red.netns.close();
  await network.publish({ hostAddress: WAN, hostPort: 80, to: red, port: 80 });
  expect(await fetchText(internet, WAN)).toBe(`red ${BEYOND}`);
  await server.stop();
});
