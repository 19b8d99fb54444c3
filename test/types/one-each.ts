// The compiler judges these (tsc -p test); none of them is called.
import { expectTypeOf } from 'expect-type';
import { type Endpoint, type Network, NetworkNamespace, type Publication, type PublishRule } from '../../src';
import { type NetworkBed, withNetwork } from '../../src/testing';

interface Given {
  readonly rule: PublishRule;
  readonly rules: readonly PublishRule[];
  readonly names: readonly string[];
  readonly either: readonly string[] | number;
}

export async function attaching(network: Network, { names, either }: Given): Promise<void> {
  const pair = await network.attachMany(['a', 'b']);
  expectTypeOf(pair).toEqualTypeOf<[Endpoint, Endpoint]>();
  const constant = ['a', 'b', 'c'] as const;
  const three = await network.attachMany(constant, { ifname: 'net0' });
  expectTypeOf(three).toEqualTypeOf<[Endpoint, Endpoint, Endpoint]>();
  const byCount = await network.attachMany(10);
  expectTypeOf(byCount).toEqualTypeOf<Endpoint[]>();
  const byNames = await network.attachMany(names);
  expectTypeOf(byNames).toEqualTypeOf<Endpoint[]>();
  const byEither = await network.attachMany(either);
  expectTypeOf(byEither).toEqualTypeOf<Endpoint[]>();
  // @ts-expect-error -- a number is no name.
  await network.attachMany(['a', 1]);
}

export async function publishing(network: Network, { rule, rules, names }: Given): Promise<void> {
  const pair = await network.publishMany([rule, { ...rule, hostPort: 0 }]);
  expectTypeOf(pair).toEqualTypeOf<[Publication, Publication]>();
  const list = await network.publishMany(rules);
  expectTypeOf(list).toEqualTypeOf<Publication[]>();
  const mapped = await network.publishMany(names.map((_, index) => ({ ...rule, hostPort: index + 1 })));
  expectTypeOf(mapped).toEqualTypeOf<Publication[]>();
  // @ts-expect-error -- a rule has no such field.
  await network.publishMany([{ ...rule, hostPrt: 1 }]);
  // @ts-expect-error -- a rule says where it leads to.
  await network.publishMany([{ hostAddress: '192.0.2.1', hostPort: 80, port: 80 }]);
}

export async function making(): Promise<void> {
  const pair = await NetworkNamespace.createMany(['red', 'green']);
  expectTypeOf(pair).toEqualTypeOf<[NetworkNamespace, NetworkNamespace]>();
  const anonymous = await NetworkNamespace.createMany(2);
  expectTypeOf(anonymous).toEqualTypeOf<NetworkNamespace[]>();
}

export async function testing({ names }: { names: string[] }): Promise<void> {
  const text = await withNetwork({ endpoints: ['server', 'client'] }, ({ endpoint, endpoints }) => {
    expectTypeOf(endpoints).toEqualTypeOf<Readonly<Record<'server' | 'client', Endpoint>>>();
    return endpoint.name + endpoints.server.name;
  });
  expectTypeOf(text).toEqualTypeOf<string>();
  await withNetwork({ endpoints: names }, ({ endpoints }) => {
    expectTypeOf(endpoints).toEqualTypeOf<NetworkBed['endpoints']>();
    // @ts-expect-error -- it may not be there.
    return endpoints['server'].name;
  });
}
