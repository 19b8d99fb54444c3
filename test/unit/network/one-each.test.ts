import {
  type Endpoint,
  type Network,
  NetworkNamespace,
  type Publication,
  type PublishRule,
} from '../../../src';
import { type NetworkBed, withNetwork } from '../../../src/testing';

type Same<A, B> = [A, B] extends [B, A] ? unknown : never;

/** Takes values of that type alone: the compiler judges (tsc -p test). */
function only<Expected>() {
  return <Actual>(value: Actual & Same<Actual, Expected>): unknown => value;
}

interface Given {
  readonly rule: PublishRule;
  readonly rules: readonly PublishRule[];
  readonly names: readonly string[];
  readonly either: readonly string[] | number;
}

// None of these is called.
async function attaching(network: Network, { names, either }: Given): Promise<void> {
  const pair = await network.attachMany(['a', 'b']);
  only<[Endpoint, Endpoint]>()(pair);
  const constant = ['a', 'b', 'c'] as const;
  const three = await network.attachMany(constant, { ifname: 'net0' });
  only<[Endpoint, Endpoint, Endpoint]>()(three);
  const byCount = await network.attachMany(10);
  only<Endpoint[]>()(byCount);
  const byNames = await network.attachMany(names);
  only<Endpoint[]>()(byNames);
  const byEither = await network.attachMany(either);
  only<Endpoint[]>()(byEither);
  // @ts-expect-error -- a number is no name.
  await network.attachMany(['a', 1]);
}

async function publishing(network: Network, { rule, rules, names }: Given): Promise<void> {
  const pair = await network.publishMany([rule, { ...rule, hostPort: 0 }]);
  only<[Publication, Publication]>()(pair);
  const list = await network.publishMany(rules);
  only<Publication[]>()(list);
  const mapped = await network.publishMany(names.map((_, index) => ({ ...rule, hostPort: index + 1 })));
  only<Publication[]>()(mapped);
  // @ts-expect-error -- a rule has no such field.
  await network.publishMany([{ ...rule, hostPrt: 1 }]);
  // @ts-expect-error -- a rule says where it leads to.
  await network.publishMany([{ hostAddress: '192.0.2.1', hostPort: 80, port: 80 }]);
}

async function making(): Promise<void> {
  const pair = await NetworkNamespace.createMany(['red', 'green']);
  only<[NetworkNamespace, NetworkNamespace]>()(pair);
  const anonymous = await NetworkNamespace.createMany(2);
  only<NetworkNamespace[]>()(anonymous);
}

async function testing({ names }: { names: string[] }): Promise<void> {
  const text = await withNetwork({ endpoints: ['server', 'client'] }, ({ endpoint, endpoints }) => {
    only<Readonly<Record<'server' | 'client', Endpoint>>>()(endpoints);
    return endpoint.name + endpoints.server.name;
  });
  only<string>()(text);
  await withNetwork({ endpoints: names }, ({ endpoints }) => {
    only<NetworkBed['endpoints']>()(endpoints);
    // @ts-expect-error -- it may not be there.
    return endpoints['server'].name;
  });
}

test('lists of names and of rules are answered by tuples of as many, in the types', () => {
  expect([attaching, publishing, making, testing].map((one) => typeof one)).toEqual(
    Array(4).fill('function'),
  );
});
