import { readSteps } from '../../../src/codec/decode/program';
import { decodeRequest } from '../../../src/codec/decode/request';
import { encodeRequest } from '../../../src/codec/encode/encode';
import { encodePart } from '../../../src/codec/encode/program';
import { schema } from '../../../src/codec/schema/schema';
import type { NativeRequest, NativeStep } from '../../../src/native/program';

const link: NativeRequest = { family: 'link', verb: 'set', body: { ifname: 'v0', up: false, master: 'br0' } };
const remove: NativeRequest = { family: 'link', verb: 'delete', body: { ifname: 'v0' } };
const rule: NativeRequest = { family: 'nftTable', verb: 'add', body: { family: 'inet', name: 'web' } };

const steps: readonly NativeStep[] = [
  { op: 'create', slot: 0, path: '/run/netns/a' },
  { op: 'open', slot: 1, path: '/proc/1/ns/net' },
  { op: 'request', slot: 1, ...link },
  { op: 'sysctl', slot: 0, path: 'net/ipv4/ip_forward', value: '1' },
  { op: 'request', slot: 0, ...link, undo: { mode: 'restore', request: { ...remove, verb: 'get' } } },
  { op: 'socket', slot: 0, protocol: 'netfilter', receiveBuffer: 9 },
  { op: 'request', slot: 0, ...link, undo: { mode: 'inverse', slot: 1, request: remove } },
  { op: 'unpin', path: '/run/netns/b', inode: 7 },
  { op: 'transaction', slot: 1, requests: [rule, rule], inverse: [{ ...rule, verb: 'delete' }] },
  { op: 'confirm', timeoutMs: 5 },
  {
    ...{ op: 'request', slot: 1, family: 'route', verb: 'list', body: {}, reply: true },
    overlapping: { network: Uint8Array.of(10, 0, 0, 0), prefix: 8 },
  },
  { op: 'request', slot: 1, ...link },
];

test('a reader of programs finds every step and request that was encoded', () => {
  const read = readSteps(encodePart({ slots: [{}, {}], steps }));
  expect(read.map(({ op, slot }) => ({ op, slot }))).toEqual(
    steps.map((step) => ({ op: step.op, slot: 'slot' in step ? step.slot : undefined })),
  );
  for (const [index, step] of steps.entries()) {
    const { requests, reads, inverse, inverseSlot } = read[index] ?? {};
    if (step.op === 'transaction') {
      expect(requests).toEqual(step.requests.map(encodeRequest));
      expect(inverse).toEqual(step.inverse?.map(encodeRequest));
    } else if (step.op === 'request') {
      const other = step.undo && [encodeRequest(step.undo.request)];
      expect(requests).toEqual([encodeRequest(step)]);
      expect(step.undo?.mode === 'restore' ? reads : inverse).toEqual(other ?? []);
      expect(inverseSlot).toBe(step.undo && (step.undo.slot ?? step.slot));
    }
  }
});

test('a request is decoded with the names of devices and namespaces, without fields that are not set', () => {
  const request = encodeRequest({
    ...{ family: 'link', verb: 'add' },
    body: { ifname: 'v0', kind: 'veth', master: 'br0', netns: 3, mtu: 1500, up: true },
  });
  expect(decodeRequest(request, (slot) => `slot ${slot}`)).toEqual({
    type: schema.families['link']?.newType,
    flags: 0x601,
    body: {
      ...{ up: true, flags: ['UP'] },
      ...{ ifname: 'v0', kind: 'veth', master: 'br0', netns: 'slot 3', mtu: 1500 },
    },
  });
});

test('a bit that the request clears is told', () => {
  expect(decodeRequest(encodeRequest(link), () => undefined).body).toEqual({
    up: false,
    ifname: 'v0',
    master: 'br0',
  });
});

test('the program that is decoded stays as it is', () => {
  const request = encodeRequest(link);
  const before = request.bytes.slice();
  decodeRequest(request, () => undefined);
  expect(request.bytes).toEqual(before);
});

test('the addon knows every operation', () => {
  expect([...new Set(steps.map(({ op }) => op))].sort()).toEqual([...schema.operations].sort());
});
