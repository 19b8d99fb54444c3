import { onceDone } from '../../../../src/network/model/changes';
import { type NetworkState } from '../../../../src/network/model/network-state';
import type { PublishedPort } from '../../../../src/firewall/network/published-port';

const port = (hostPort: number): PublishedPort => ({
  ...{ hostAddress: '192.0.2.1', hostPort, protocol: 'tcp' },
  ...{ address: '10.0.0.2', port: 80 },
});
const peer = { subnet: '10.9.0.0/24', via: '192.0.2.2', device: 'wan0' };
const state: NetworkState = { members: [], ports: [port(1), port(2)], peers: [] };
const portsOf = ({ ports }: NetworkState): number[] => ports.map(({ hostPort }) => hostPort);

test('what comes is there once, whether it is entered by now or not', () => {
  expect(portsOf(onceDone(state, [{ action: 'publish', ports: [port(2), port(3)] }]))).toEqual([1, 2, 3]);
  const peered = onceDone({ ...state, peers: [peer] }, [{ action: 'peer', peers: [peer] }]);
  expect(peered.peers).toEqual([peer]);
});

test('what leaves is gone: by itself, or with an endpoint', () => {
  expect(portsOf(onceDone(state, [{ action: 'withdraw', ports: [port(1)] }]))).toEqual([2]);
  expect(portsOf(onceDone(state, [{ action: 'detach', members: [], ports: [port(2)] }]))).toEqual([1]);
  expect(onceDone({ ...state, peers: [peer] }, [{ action: 'unpeer', peers: [peer] }]).peers).toEqual([]);
});
