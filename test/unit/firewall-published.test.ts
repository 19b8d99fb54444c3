import {
  publishedPortOf,
  publishPorts,
  withdrawPorts,
  type PublishedPort,
} from '../../src/firewall/published';
import { encodeRequest } from '../../src/codec/encode';
import { comment, commentOf } from '../../src/firewall/userdata';

const ports: PublishedPort[] = Array.from({ length: 1000 }, (_, index) => ({
  hostAddress: '192.0.2.1',
  hostPort: 20_000 + index,
  protocol: index % 2 ? 'udp' : 'tcp',
  address: `10.0.${index >> 8}.${index & 0xff}`,
  port: index + 1,
}));

test('a thousand ports are a few messages, each within the 64 KiB of an attribute', () => {
  const requests = publishPorts('web', ports);
  expect(requests).toHaveLength(3);
  for (const request of requests) expect(encodeRequest(request).bytes.byteLength).toBeLessThan(65_536);
});

test('an element is its port, there and back', () => {
  const [request] = publishPorts('web', ports);
  const { elements } = request?.body as {
    elements: { key: { value: Uint8Array }; data: { value: Uint8Array } }[];
  };
  expect(elements.map(({ key, data }) => publishedPortOf(key.value, data.value))).toEqual(
    ports.slice(0, 400),
  );
  // As nft shows it: 192.0.2.1 . tcp . 20000 : 10.0.0.0 . 1
  expect(Buffer.from(elements[0]?.key.value ?? []).toString('hex')).toBe('c0000201060000004e200000');
  expect(Buffer.from(elements[0]?.data.value ?? []).toString('hex')).toBe('0a00000000010000');
});

test('IPv6 ports go to a map of their own, and there are never so many in a message that its attribute overflows', () => {
  const six = ports.map((port) => ({
    ...port,
    hostAddress: '2001:db8::1',
    address: `fd00::${port.port.toString(16)}`,
  }));
  const requests = publishPorts('n'.repeat(64), [...six, ...ports.slice(0, 1)]);
  expect(requests.map(({ body }) => (body as { family: string }).family)).toEqual([
    'ip',
    'ip6',
    'ip6',
    'ip6',
  ]);
  for (const request of requests) expect(encodeRequest(request).bytes.byteLength).toBeLessThan(65_536);
  const { elements } = requests[1]?.body as {
    elements: { key: { value: Uint8Array }; data: { value: Uint8Array } }[];
  };
  expect(elements.map(({ key, data }) => publishedPortOf(key.value, data.value))).toEqual(six.slice(0, 400));
});

test('what is withdrawn is named by its key alone', () => {
  const [request] = withdrawPorts('web', ports.slice(0, 1));
  expect(request).toMatchObject({ family: 'nftSetElem', verb: 'delete' });
  expect((request?.body as { elements: object[] }).elements[0]).not.toHaveProperty('data');
});

test('comments are read back, also from behind other user data', () => {
  expect(commentOf('nftTable', comment('nftTable', 'netloom:web'))).toBe('netloom:web');
  expect(commentOf('nftSet', Uint8Array.of(0, 1, 9, ...comment('nftSet', 'x')))).toBe('x');
  expect(commentOf('nftTable', Uint8Array.of(7, 200))).toBeUndefined();
  expect(commentOf('nftTable', undefined)).toBeUndefined();
});
