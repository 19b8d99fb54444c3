import { Network } from '../../../../src/network/network';
import {
  askUdp,
  BEYOND,
  lab,
  needTools,
  run,
  scratchName,
  serve,
  sh,
  WAN,
  type Inside,
} from '../../../support';

needTools('ip', 'nft', 'conntrack');

/** A sender that keeps its port and never pauses for long: to the kernel all of it is one connection. */
const SENDER = 40_000;
const PORT = 5353;

const tracked = async (host: Inside, port: number): Promise<string[]> => {
  const options = ['-L', '-p', 'udp', '--orig-port-dst', String(port), '-o', 'id'];
  const { stdout } = await run(host, 'conntrack', options);
  return stdout.match(/\bid=\d+/g) ?? [];
};

test.each(['process', 'persistent'] as const)(
  'a UDP sender that does not pause follows the published ports of a %s network',
  async (lifetime) => {
    const { host, internet } = await lab();
    // A firewall of the host's own, which tracks connections before there is any network.
    await sh(
      host,
      "nft 'table ip own { chain in { type filter hook input priority 0; ct state new accept; }; }'",
    );
    const ask = (): Promise<string> => askUdp(internet, WAN, PORT, SENDER);
    const servers = [await serve(host, PORT, 'host', 'udp'), await serve(host, 7777, 'other', 'udp')];
    expect(await ask()).toBe(`host ${BEYOND}`);
    await askUdp(internet, WAN, 7777, SENDER);
    const other = await tracked(host, 7777);
    expect(other).toHaveLength(1);

    const network = await Network.create({ name: 'udp', subnet: '10.66.0.0/24', host, lifetime });
    const [red, blue] = await network.attachMany([scratchName(), scratchName()]);
    servers.push(await serve(red.netns, 53, 'red', 'udp'), await serve(blue.netns, 53, 'blue', 'udp'));
    const rule = { hostAddress: WAN, hostPort: PORT, port: 53, protocol: 'udp', takeOver: true } as const;

    const first = await network.publish({ ...rule, to: red });
    expect(await ask()).toBe(`red ${BEYOND}`);
    await first.delete();
    expect(await ask()).toBe(`host ${BEYOND}`);
    await network.publish({ ...rule, to: blue });
    expect(await ask()).toBe(`blue ${BEYOND}`);

    for (const server of servers.slice(2)) await server.stop();
    await network.delete();
    expect(await ask()).toBe(`host ${BEYOND}`);
    // Connections to other ports were left alone.
    expect(await tracked(host, 7777)).toEqual(other);
    for (const server of servers.slice(0, 2)) await server.stop();
  },
);
