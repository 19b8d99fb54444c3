import { MapElementEncoder } from '../../../src/firewall/network/map-element-encoder';
import { publishedPortOf, publishPorts, withdrawPorts } from '../../../src/firewall/network/published-ports';
import type { PublishedPort } from '../../../src/firewall/network/published-port';
import fc from 'fast-check';
import { decodeReply } from '../../../src/codec/decode/decode';
import { encodeRequest } from '../../../src/codec/encode/encode';
import type { FirewallElement } from '../../../src/firewall/nft/ruleset';
import { comment, commentOf } from '../../../src/firewall/nft/userdata';
import { addressText } from '../../../src/base/ip';
import type { FirewallRequest } from '../../../src/firewall/nft/requests';

const ports: PublishedPort[] = Array.from({ length: 1000 }, (_, index) => ({
  hostAddress: '192.0.2.1',
  hostPort: 20_000 + index,
  protocol: index % 2 ? 'udp' : 'tcp',
  address: `10.0.${index >> 8}.${index & 0xff}`,
  port: index + 1,
}));

/** The elements of a request, as the codec reads them from its message. */
function elementsIn(request: FirewallRequest | undefined): FirewallElement[] {
  const { bytes } = encodeRequest({ family: 'nftSetElem', verb: 'add', body: request?.body ?? {} });
  const [message] = decodeReply('nftSetElem', bytes) as [{ elements: FirewallElement[] }];
  return message.elements;
}

function portOf({ key, data }: FirewallElement): PublishedPort {
  return publishedPortOf(key?.value ?? new Uint8Array(), data?.value ?? new Uint8Array());
}

test('a thousand ports are a few messages, each within the 64 KiB of an attribute', () => {
  const requests = publishPorts('web', ports);
  expect(requests).toHaveLength(3);
  for (const request of requests) expect(encodeRequest(request).bytes.byteLength).toBeLessThan(65_536);
});

test('an element is its port, there and back', () => {
  const [request] = publishPorts('web', ports);
  const elements = elementsIn(request);
  expect(elements.map(portOf)).toEqual(ports.slice(0, 400));
  // As nft shows it: 192.0.2.1 . tcp . 20000 : 10.0.0.0 . 1
  expect(Buffer.from(elements[0]?.key?.value ?? []).toString('hex')).toBe('c0000201060000004e200000');
  expect(Buffer.from(elements[0]?.data?.value ?? []).toString('hex')).toBe('0a00000000010000');
  expect(commentOf('nftSetElem', elements[399]?.userdata)).toBe('netloom:web');
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
  expect(elementsIn(requests[1]).map(portOf)).toEqual(six.slice(0, 400));
});

test('whatever the addresses, ports and the name, a copied element is what the codec would write', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  const addresses = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => addressText(bytes));
  const portsOf = (length: number) =>
    fc.record<PublishedPort>({
      hostAddress: addresses(length),
      hostPort: port,
      protocol: fc.constantFrom('tcp', 'udp'),
      address: addresses(length),
      port,
    });
  const lists = fc.oneof(
    ...[4, 16].map((length) => fc.array(portsOf(length), { minLength: 1, maxLength: 5 })),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9-]{1,64}$/), lists, (name, list) => {
      const [request] = publishPorts(name, list);
      const elements = elementsIn(request);
      expect(elements.map(portOf)).toEqual(list);
      const body = { ...request?.body, elements };
      const [copied, written] = [request?.body ?? {}, body].map(
        (each) => encodeRequest({ family: 'nftSetElem', verb: 'add', body: each }).bytes,
      );
      expect(copied).toEqual(written);
    }),
  );
});

test('what is withdrawn is named by its key alone', () => {
  const [request] = withdrawPorts('web', ports.slice(0, 1));
  expect(request).toMatchObject({ family: 'nftSetElem', verb: 'delete' });
  const [element] = elementsIn(request);
  expect(Buffer.from(element?.key?.value ?? []).toString('hex')).toBe('c0000201060000004e200000');
  expect(element).not.toHaveProperty('data');
});

test('comments are read back, also from behind other user data', () => {
  expect(commentOf('nftTable', comment('nftTable', 'netloom:web'))).toBe('netloom:web');
  expect(commentOf('nftSet', Uint8Array.of(0, 1, 9, ...comment('nftSet', 'x')))).toBe('x');
  expect(commentOf('nftTable', Uint8Array.of(7, 200))).toBeUndefined();
  expect(commentOf('nftTable', undefined)).toBeUndefined();
});

test.each(['192.0.2.1', '0.0.0.0', '2001:db8::1', '::'])(
  'copies of an element on %s are what the codec encodes',
  (hostAddress) => {
    const own = ports.map((port) => ({
      ...port,
      hostAddress,
      address: hostAddress.includes(':') ? `fd00::${port.port.toString(16)}` : port.address,
    }));
    const family = hostAddress.includes(':') ? 'ip6' : 'ip';
    const any = hostAddress === '0.0.0.0' || hostAddress === '::';
    const userdata = comment('nftSetElem', 'netloom:web');
    for (const encoder of [
      MapElementEncoder.ofMapping(family, any, userdata),
      MapElementEncoder.ofKey(family, any),
    ])
      expect(Buffer.from(encoder.elements(own)).equals(encoder.plainElements(own))).toBe(true);
  },
);
