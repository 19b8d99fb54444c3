import fc from 'fast-check';
import { encodePart } from '../../../../src/codec/encode/program';
import { ownBridge } from '../../../../src/network/drivers/bridge';
import { AttachParts, memberKind } from '../../../../src/network/steps/attach-parts';
import {
  checkManyOptions,
  checkOptions,
  chooseMembers,
} from '../../../../src/network/members/attach-options';
import { attachSteps, configurationBlocks, namespaceSteps } from '../../../../src/network/steps/attach-steps';
import { SWITCH_BRIDGE_INDEX } from '../../../../src/network/model/labels';
import type { Layout } from '../../../../src/network/model/layout';
import type { Member } from '../../../../src/network/model/member';
import { resolveSpec } from '../../../../src/network/spec/resolve-spec';
import { Compiler } from '../../../../src/plan/compile/compile';
import type { Step } from '../../../../src/plan/spec/step';
import { type Block, StepTemplate } from '../../../../src/plan/templates/step-template';

interface Wanted {
  readonly prefix: number;
  readonly lifetime: 'process' | 'persistent';
  readonly inet6?: boolean;
  readonly neighbours?: boolean;
  readonly routed?: boolean;
  readonly table?: number;
  readonly ipv6?: boolean;
}

function layoutOf({ prefix, lifetime, inet6, neighbours, routed, ipv6 = true }: Wanted): Layout {
  const { interfaces: _, ...spec } = resolveSpec({
    ...{ name: 'web', subnet: `10.64.0.0/${String(prefix)}`, lifetime },
    ...(inet6 === true && { subnet6: 'fd00:7::/64' }),
    ...(neighbours === false && { neighbours: 'dynamic' }),
    ...(routed === true && { mode: 'routed', neighbours: 'static' }),
  });
  const second = inet6 === true && {
    inet6: { subnet: 'fd00:7::/64', gateway: 'fd00:7::1', perInterface: true },
  };
  return { mtu: 1500, ...spec, ipv6, group: 7, ...second };
}

function membersOf(layout: Layout, names: readonly string[], { table }: Wanted): Member[] {
  return chooseMembers(layout, [], names, checkManyOptions(table === undefined ? {} : { table }));
}

const GIVEN = ['host', 'switch', 'switch-0'];

/** Names of all lengths, as many as the smallest subnet has room for. */
const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,40}$/), { minLength: 1, maxLength: 90 });
const wanted: fc.Arbitrary<Wanted> = fc.record(
  {
    prefix: fc.integer({ min: 10, max: 24 }),
    lifetime: fc.constantFrom('process' as const, 'persistent' as const),
    inet6: fc.boolean(),
    neighbours: fc.boolean(),
    routed: fc.boolean(),
    table: fc.constant(102),
    ipv6: fc.boolean(),
  },
  { requiredKeys: ['prefix', 'lifetime'] },
);

/** All parts one behind the other, in the order of the members' steps. */
function printed(layout: Layout, members: readonly Member[]): ReturnType<typeof encodePart>[] {
  const compiler = new Compiler(GIVEN);
  return new AttachParts(layout, SWITCH_BRIDGE_INDEX).of(members, GIVEN).map((part) => {
    const { labels, ...compiled } = part.compile(compiler);
    const slots = labels.map(() => ({}));
    return 'steps' in compiled ? encodePart({ slots, ...compiled }) : { slots, ...compiled };
  });
}

/** The same by the encoder alone. */
function written(layout: Layout, members: readonly Member[]): ReturnType<typeof encodePart>[] {
  const compiler = new Compiler(GIVEN);
  const [pair, ...others] = configurationBlocks(layout, SWITCH_BRIDGE_INDEX) as [
    Block<Member>,
    ...Block<Member>[],
  ];
  const by = (blocks: readonly Block<Member>[], some: readonly Member[]): Step[] =>
    blocks.flatMap((block) => some.flatMap(block));
  const inEights = Array.from({ length: Math.ceil(members.length / 8) }, (_, index) => 8 * index).flatMap(
    (at) => {
      const eight = members.slice(at, at + 8);
      // Namespaces are 16 ahead.
      const ahead = by([namespaceSteps], members.slice(at + 16, at + 24));
      const rest = [...by(others, eight), ...ahead];
      // The first have their devices before what else they need is made ready.
      return at === 0 ? [by([pair], eight), rest] : [[...by([pair], eight), ...rest]];
    },
  );
  const parts =
    members.length === 1
      ? [by([namespaceSteps, pair, ...others], members)]
      : [by([namespaceSteps], members.slice(0, 16)), ...inEights];
  return parts.map((steps) => {
    const { labels, steps: compiled } = compiler.compile(steps);
    return encodePart({ slots: labels.map(() => ({})), steps: compiled });
  });
}

test('what templates print is what the encoder writes, whatever the network and the names', () => {
  fc.assert(
    fc.property(wanted, names, (one, some) => {
      const layout = layoutOf(one);
      const members = membersOf(layout, some, one);
      const [prints, texts] = [printed(layout, members), written(layout, members)];
      expect(prints).toHaveLength(texts.length);
      for (const [index, { slots, words, bytes, texts: strings }] of texts.entries()) {
        expect(prints[index]?.slots).toHaveLength(slots.length);
        expect([...(prints[index]?.words ?? [])]).toEqual([...words]);
        expect(Buffer.compare(prints[index]?.bytes ?? Buffer.of(), bytes)).toBe(0);
        expect(prints[index]?.texts).toEqual(strings);
      }
    }),
    { numRuns: 60 },
  );
});

test.each<Wanted>([
  { prefix: 24, lifetime: 'process' },
  { prefix: 16, lifetime: 'persistent' },
  { prefix: 10, lifetime: 'process', routed: true },
  { prefix: 24, lifetime: 'process', routed: true, inet6: true },
  { prefix: 16, lifetime: 'process', routed: true, inet6: true },
  { prefix: 16, lifetime: 'persistent', routed: true },
  { prefix: 16, lifetime: 'persistent', routed: true, inet6: true },
  { prefix: 29, lifetime: 'persistent', inet6: true, neighbours: false, table: 7 },
  { prefix: 16, lifetime: 'process', ipv6: false },
])('the steps of every block lend themselves to a template: %o', (one) => {
  const layout = layoutOf(one);
  const [member] = membersOf(layout, ['red'], one) as [Member];
  const blocks = [namespaceSteps, ...configurationBlocks(layout, SWITCH_BRIDGE_INDEX)];
  const templates = blocks.map((block) => StepTemplate.of(memberKind(layout), block, member, GIVEN));
  const steps = attachSteps(layout, [member], SWITCH_BRIDGE_INDEX);
  expect(templates.reduce((sum, template) => sum + (template?.steps ?? NaN), 0)).toBe(steps.length);
});

test.each([1, 20])('the steps after those of all members come last: %d members', (count) => {
  const one: Wanted = { prefix: 24, lifetime: 'process' };
  const layout = layoutOf(one);
  const members = membersOf(
    layout,
    Array.from({ length: count }, (_, index) => `red${index}`),
    one,
  );
  const parts = new AttachParts(layout, SWITCH_BRIDGE_INDEX);
  const without = parts.of(members, GIVEN).length;
  const closing: Step[] = [{ op: 'link.set', netns: 'switch', body: { ifname: 'last', up: true } }];
  const spy = jest.spyOn(ownBridge, 'closingSteps').mockReturnValue(closing);
  try {
    const chunks = parts.of(members, GIVEN);
    expect(chunks).toHaveLength(without + 1);
    expect(chunks.at(-1)?.stepAt(0)).toEqual(closing[0]);
    expect(spy).toHaveBeenLastCalledWith(layout, members);
  } finally {
    spy.mockRestore();
  }
});

test('steps that differ by more than their fields are not printed', () => {
  const layout = layoutOf({ prefix: 24, lifetime: 'process' });
  const [member] = membersOf(layout, ['red'], { prefix: 24, lifetime: 'process' }) as [Member];
  const byName = ({ name, port }: Member): ReturnType<typeof namespaceSteps> =>
    name === 'red'
      ? [{ op: 'link.set', netns: port, body: { ifname: 'lo', up: true } }]
      : [{ op: 'link.set', netns: port, body: { ifname: 'lo', up: false } }];
  expect(StepTemplate.of(memberKind(layout), byName, member, GIVEN)).toBeUndefined();
});

test('no options are the same as none of them', () => {
  expect(checkOptions(undefined)).toEqual(checkOptions({}));
});
