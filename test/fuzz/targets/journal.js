'use strict';
// Files of /run/netloom as a crash, another version or a careless script may leave them: no call hangs or fails with an
// error of JavaScript's own, others' networks can be made, gc() works, and what is not ours stays.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { buildLan } = require('../../harness/lan');
const { WORDS, spoiled } = require('../bytes');
const modules = require('../modules');

const { Network, NetworkNamespace, gc } = modules('index');
const JOURNAL = '/run/netloom';
const SAVED = '/run/saved';
const SPEC = { name: 'lab', subnet: '10.7.0.0/24', lifetime: 'persistent' };

/** A journal with a record, intents and leases in it. */
async function write() {
  const network = await Network.create(SPEC);
  const [to] = await network.attachMany(['a', 'b']);
  await network.publish({ hostAddress: '192.0.2.1', hostPort: 80, to, port: 80 });
  await network.peer({ subnet: '10.9.0.0/24', via: '192.0.2.9' });
  fs.cpSync(JOURNAL, SAVED, { recursive: true });
  return network;
}

function files() {
  return fs
    .readdirSync(SAVED, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(JOURNAL, path.relative(SAVED, path.join(entry.parentPath, entry.name))))
    .sort();
}

const VALUES = [
  null,
  0,
  -1,
  1e99,
  '',
  'victim0',
  '../../etc/passwd',
  '0.0.0.0/0',
  [],
  {},
  ['x'],
  true,
  '\n-F\n',
];

/** Some values in it are others. */
function altered(random, value) {
  if (random.below(8) === 0) return random.one(VALUES);
  if (Array.isArray(value)) return value.map((item) => altered(random, item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(() => random.below(15) > 0);
  if (random.below(10) === 0) entries.push([random.one(WORDS), random.one(VALUES)]);
  return Object.fromEntries(entries.map(([key, inner]) => [key, altered(random, inner)]));
}

const changes = {
  altered(random, file) {
    // A record goes on with a line for each change.
    const lines = fs.readFileSync(path.join(SAVED, path.relative(JOURNAL, file)), 'utf8').split('\n');
    const other = (line) => (line === '' ? '' : JSON.stringify(altered(random, JSON.parse(line))));
    fs.writeFileSync(file, lines.map(other).join('\n'));
  },
  spoiled(random, file) {
    const text = fs.readFileSync(file);
    fs.writeFileSync(file, spoiled(random, text, 0, [text]));
  },
  emptied: (_, file) => fs.writeFileSync(file, ''),
  removed: (_, file) => fs.rmSync(file),
  directory(_, file) {
    fs.rmSync(file);
    fs.mkdirSync(file);
  },
  fifo(_, file) {
    fs.rmSync(file);
    execFileSync('mkfifo', [file]);
  },
  symlink(_, file) {
    fs.rmSync(file);
    fs.symlinkSync('/etc/passwd', file);
  },
  foreign(random, file) {
    const odd = ['x.json', '.json', 'x.draft', 'ü.json', `${'x'.repeat(200)}.json`];
    fs.writeFileSync(
      path.join(path.dirname(file), random.one(odd)),
      random.one(['', '{}', 'null', '[]', '{"version":99}']),
    );
  },
};

/** What a call of the library may answer: a result, or an error in its own words. */
async function tried(what, call) {
  try {
    await call();
    return undefined;
  } catch (error) {
    const own = ['SyntaxError', 'TypeError', 'RangeError', 'ReferenceError'].includes(
      error?.constructor?.name,
    );
    return own || !(error instanceof Error) ? `${what}: ${String(error?.stack ?? error)}` : undefined;
  }
}

async function uses() {
  const opened = [];
  const problems = [
    await tried('gc()', () => gc({ dryRun: true })),
    await tried('gc()', () => gc()),
    await tried('open()', async () => opened.push(await Network.open('lab'))),
    await tried('close()', () => opened[0]?.close()),
  ];
  // Others' broken files are no reason to refuse somebody else's network.
  for (const lifetime of ['process', 'persistent']) {
    try {
      const network = await Network.create({ name: 'next', subnet: '10.8.0.0/24', lifetime });
      await network.attach('c');
      await network.delete();
    } catch (error) {
      problems.push(`a ${lifetime} network cannot be made: ${String(error?.stack ?? error)}`);
    }
  }
  return problems.find((problem) => problem !== undefined);
}

/** A device, a namespace and a file of somebody else's. */
function victims() {
  const link = execFileSync('ip', ['-o', 'addr', 'show', 'dev', 'victim0'], { encoding: 'utf8' }).includes(
    '198.51.100.1',
  );
  const names = fs.existsSync('/run/netns/victim') && fs.existsSync('/etc/netns/victim/resolv.conf');
  return link && names && fs.readFileSync('/etc/passwd', 'utf8').includes('root:');
}

module.exports = async function* journal(random) {
  buildLan();
  execFileSync('ip', ['link', 'add', 'victim0', 'type', 'bridge']);
  execFileSync('ip', ['addr', 'add', '198.51.100.1/24', 'dev', 'victim0']);
  await NetworkNamespace.create('victim');
  fs.mkdirSync('/etc/netns/victim', { recursive: true });
  fs.writeFileSync('/etc/netns/victim/resolv.conf', 'nameserver 192.0.2.53\n');
  await write();
  for (;;) {
    const file = random.one(files());
    const change = random.one(Object.keys(changes));
    yield {
      input: `${change} ${file}`,
      async check() {
        changes[change](random, file);
        const problem = await uses();
        const foreign = victims();
        fs.rmSync(JOURNAL, { recursive: true });
        fs.cpSync(SAVED, JOURNAL, { recursive: true });
        return foreign ? problem : 'something of others is gone';
      },
    };
  }
};
