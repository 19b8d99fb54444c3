import fc from 'fast-check';
import { type NetworkNamespace, Plan, type Step } from '../../../src';
import { resolveSpec } from '../../../src/network/spec/resolve-spec';
import { type NetworkSpec } from '../../../src/network/spec/network-spec';
import { JsonFrames } from '../../../src/openvswitch/frames';
import { addPorts, createBridge } from '../../../src/openvswitch/operations';
import { Compiler } from '../../../src/plan/compile/compile';

const socket = '/run/ovs/db.sock';
const bridge: Step = {
  ...{ op: 'ovs.bridge', netns: 'h', socket, bridge: 'br0', datapathType: 'netdev', mtu: 1400 },
  ...{ mac: '02:00:00:00:00:01', tags: { netloom: 'lab' } },
};
const ports: Step = {
  ...{ op: 'ovs.ports', netns: 'h', socket, bridge: 'br0' },
  ports: [{ ifname: 'a', vlan: 10, tags: { netloom: 'lab' } }, { ifname: 'b' }],
};

test('messages are found in a stream wherever it is cut', () => {
  const values = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 4 });
  fc.assert(
    fc.property(values, fc.array(fc.nat(), { maxLength: 6 }), (messages, cuts) => {
      const stream = Buffer.from(messages.map((message) => JSON.stringify(message)).join(''));
      const places = [
        0,
        ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b),
        stream.length,
      ];
      const frames = new JsonFrames();
      const found = places.flatMap((from, index) => frames.push(stream.subarray(from, places[index + 1])));
      expect(JSON.stringify(found)).toBe(JSON.stringify(messages));
    }),
  );
});

test('what is no JSON is refused', () => {
  expect(() => new JsonFrames().push(Buffer.from('HTTP/1.1 400 {Bad}'))).toThrow();
});

test('a bridge and all its ports are one transaction each', () => {
  const { op: _op, netns: _netns, socket: _socket, ...spec } = bridge;
  expect(createBridge(spec)).toMatchObject([
    { op: 'insert', table: 'Interface', row: { name: 'br0', type: 'internal', mtu_request: 1400 } },
    { op: 'insert', table: 'Port', row: { name: 'br0', interfaces: ['named-uuid', 'interface0'] } },
    {
      table: 'Bridge',
      row: {
        datapath_type: 'netdev',
        other_config: ['map', [['hwaddr', '02:00:00:00:00:01']]],
        external_ids: ['map', [['netloom', 'lab']]],
      },
    },
    { op: 'mutate', table: 'Open_vSwitch', mutations: [['bridges', 'insert', expect.anything()]] },
  ]);
  expect(addPorts('br0', [{ ifname: 'a', vlan: 10 }, { ifname: 'b' }])).toMatchObject([
    { op: 'wait', table: 'Bridge', rows: [{ name: 'br0' }], timeout: 0 },
    { table: 'Interface', row: { name: 'a' } },
    { table: 'Port', row: { name: 'a', tag: 10 } },
    { table: 'Interface', row: { name: 'b' } },
    { table: 'Port', row: expect.not.objectContaining({ tag: expect.anything() }) as object },
    {
      op: 'mutate',
      where: [['name', '==', 'br0']],
      mutations: [['ports', 'insert', ['set', [expect.anything(), expect.anything()]]]],
    },
  ]);
});

test('the steps are explained as ovs-vsctl, and keep their numbers among those of the executor', () => {
  const namespaces = { h: { name: 'h' } as unknown as NetworkNamespace };
  expect(new Plan({ namespaces, steps: [bridge, ports] }).explain()).toBe(
    [
      `ovs-vsctl --db=unix:${socket} add-br br0 -- set bridge br0 datapath_type=netdev`,
      ' other_config:hwaddr=02:00:00:00:00:01 external_ids:netloom=lab -- set interface br0 mtu_request=1400\n',
      `ovs-vsctl --db=unix:${socket} add-port br0 a tag=10`,
      ' -- set port a other_config:transient=true external_ids:netloom=lab',
      ' -- add-port br0 b -- set port b other_config:transient=true\n',
    ].join(''),
  );
  const placeholder = { op: 'transaction', slot: 0, requests: [] };
  expect(new Compiler(['h']).compile([bridge, ports]).steps).toEqual([placeholder, placeholder]);
  expect(() => new Compiler(['x']).compile([ports])).toThrow('must be the label of a given namespace');
});

const spec: NetworkSpec = {
  ...{ name: 'lab', subnet: '10.0.0.0/24', switch: 'openvswitch', lifetime: 'persistent' },
};

test('the switch has defaults', () => {
  expect(resolveSpec(spec).openvswitch).toEqual({
    socket: '/var/run/openvswitch/db.sock',
    datapathType: 'system',
  });
  expect(resolveSpec({ ...spec, switch: 'linux' }).openvswitch).toBeUndefined();
});

test.each([
  [{ lifetime: 'process' }, "lifetime: must be 'persistent' with the switch 'openvswitch'"],
  [{ switch: 'linux', openvswitch: {} }, "openvswitch: must not be set without switch: 'openvswitch'"],
  [{ mode: 'routed' }, "mode: must be 'bridge' with the switch 'openvswitch'"],
  [{ vxlan: { id: 1, local: '1.1.1.1', remotes: ['1.1.1.2'] } }, 'vxlan: must not be set with the switch'],
  [{ switch: 'vde' }, 'switch: must be "linux" or "openvswitch"'],
  [{ openvswitch: { socket: 'db.sock' } }, 'openvswitch.socket: must be an absolute path'],
  [{ openvswitch: { datapathType: 'x' } }, 'openvswitch.datapathType: must be "system" or "netdev"'],
  [{ openvswitch: { port: 6640 } }, 'openvswitch.port: is not an option'],
])('%j is refused', (change, problem) => {
  expect(() => resolveSpec({ ...spec, ...change } as NetworkSpec)).toThrow(problem);
});
