'use strict';
// Names of namespaces, networks, endpoints and plans: refused before any system call, or taken as they are. Nothing appears
// anywhere else.
const { execFileSync } = require('node:child_process');
const { difference, glance } = require('../../harness/host');
const { WORDS } = require('../bytes');
const modules = require('../modules');

const { NetworkNamespace, Network, Plan, ValidationError } = modules('index');
const PARTS = [
  'a',
  'Z',
  '9',
  '.',
  '..',
  '-',
  '_',
  '/',
  '\\',
  '%',
  '%d',
  ' ',
  '\n',
  '\0',
  '"',
  "'",
  '$(x)',
  ';',
  '*',
  '{',
  '}',
];
const MORE = ['ü', '\u202e', '\ud800', '@', ':', '+', '#', '~', 'x'.repeat(60), 'x'.repeat(255), ...WORDS];

function nameOf(random) {
  if (random.below(20) === 0) return random.one([undefined, null, 7, {}, [], Symbol('x'), ['a'], NaN]);
  return Array.from({ length: 1 + random.below(4) }, () => random.one([...PARTS, ...PARTS, ...MORE])).join(
    '',
  );
}

const listed = () => execFileSync('ip', ['-j', 'netns', 'list'], { encoding: 'utf8' }).trim() || '[]';

/** Undefined if `act` was refused as wrong input; else its result. */
async function taken(act) {
  try {
    return { result: await act() };
  } catch (error) {
    if (error instanceof ValidationError) return undefined;
    throw error;
  }
}

const uses = {
  async namespace(name) {
    const made = await taken(() => NetworkNamespace.create(name));
    if (made === undefined || name === undefined) {
      await made?.result.delete();
      return undefined;
    }
    const seen = JSON.parse(listed()).some((one) => one.name === name);
    await made.result.delete();
    return seen ? undefined : 'made, but `ip netns` does not list it';
  },
  async network(name) {
    const made = await taken(() =>
      Network.create({ name, subnet: '10.7.0.0/24', nat: false, lifetime: 'persistent' }),
    );
    await made?.result.delete();
    return undefined;
  },
  async plan(name) {
    const host = await NetworkNamespace.current();
    try {
      const plan = await taken(
        () =>
          new Plan({
            namespaces: { [name]: host },
            steps: [{ op: 'link.set', netns: name, body: { ifname: 'lo', up: true } }],
          }),
      );
      if (plan === undefined) return undefined;
      await taken(async () => plan.result.explain());
      await taken(() => plan.result.apply());
      return undefined;
    } finally {
      await host.close();
    }
  },
};

module.exports = async function* names(random) {
  // What is made once, by the first namespace and the first network.
  await (await NetworkNamespace.create('first')).delete();
  await (
    await Network.create({ name: 'first', subnet: '10.7.0.0/24', nat: false, lifetime: 'persistent' })
  ).delete();
  const before = glance();
  for (;;) {
    const use = random.one(Object.keys(uses));
    // A label is a key of an object, hence text.
    const drawn = nameOf(random);
    const name = use === 'plan' ? String(drawn) : drawn;
    yield {
      input: `${use} ${typeof name === 'string' ? JSON.stringify(name) : String(typeof name)}`,
      async check() {
        const problem = await uses[use](name);
        const left = difference(before, glance());
        return problem ?? (left.length > 0 ? `left behind: ${left.slice(0, 5).join(', ')}` : undefined);
      },
    };
  }
};
