import { driverOf } from '../../../../src/network/drivers';
import type { Layout } from '../../../../src/network/model/layout';
import type { NetworkSpec } from '../../../../src/network/spec/network-spec';
import { resolveSpec } from '../../../../src/network/spec/resolve-spec';

const VXLAN = { id: 7, local: '192.0.2.1', remotes: ['192.0.2.2'] } as const;
const LAN = { parent: 'eth0', gateway: '10.0.0.1', range: '10.0.0.128/25' } as const;
const KINDS: readonly Partial<NetworkSpec>[] = [
  { lifetime: 'process' },
  { lifetime: 'process', vxlan: VXLAN },
  { lifetime: 'persistent' },
  { lifetime: 'persistent', vxlan: VXLAN },
  { lifetime: 'persistent', ...LAN },
  { lifetime: 'persistent', switch: 'openvswitch' },
  { lifetime: 'process', mode: 'routed' },
  { lifetime: 'process', mode: 'routed', subnet: '10.0.0.0/16' },
  { lifetime: 'persistent', mode: 'routed' },
  { lifetime: 'process', mode: 'macvlan', ...LAN },
];

function layoutOf(kind: Partial<NetworkSpec>): Layout {
  const { interfaces: _, ...spec } = resolveSpec({ name: 'web', subnet: '10.0.0.0/24', ...kind });
  return { mtu: 1500, ...spec, ipv6: true };
}

test.each(KINDS)('the MAC addresses of the devices that a network begins with are its own: %j', (kind) => {
  const layout = layoutOf(kind);
  const driver = driverOf(layout);
  const steps = JSON.stringify(driver.hubSteps(layout));
  const made = [...steps.matchAll(/"(?:address|mac)":"((?:[0-9a-f]{2}:){5}[0-9a-f]{2})"/g)];
  const own = driver.ownMacs(layout);
  expect(own.sort()).toEqual(made.map(([, mac]) => mac).sort());
});
