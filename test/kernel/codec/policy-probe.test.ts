// The judge is the running kernel's own policy: a value of a length that an attribute cannot have is answered with the type
// that it should have had. Where it has no policy, or does not tell it, the next shorter value must fare otherwise than one of
// the right length.
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { binding } from '../../../src/executor/run-program';
import type { SchemaRow } from '../../../src/native/schema';
import { inVirtualMachine, needTools, newerThanKernel } from '../../support';
import { contextsOf, SETUP, type Context } from '../../probe/contexts';
import { badValues, contradiction, goodValue, sizeOf, type Answer } from '../../probe/policy';

needTools('unshare', 'ip', 'python3');

const schema = binding.schema();
const { EAFNOSUPPORT, EINVAL, ERANGE } = os.constants.errno;
const formErrors: readonly number[] = [ERANGE, EINVAL, EAFNOSUPPORT];
const judge = path.join(__dirname, '../../judges/ask.py');

/** Asks in a namespace of its own with the devices of SETUP. */
function ask(messages: readonly Buffer[]): Answer[] {
  const script = `${SETUP}; exec python3 ${judge}`;
  const input = JSON.stringify(messages.map((message) => message.toString('hex')));
  const { stdout, stderr, status } = spawnSync('unshare', ['-n', 'sh', '-ec', script], {
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Answer[];
}

interface Probe {
  readonly name: string;
  readonly row: SchemaRow;
  readonly context: Context;
}

const probes = Object.keys(schema.tables).flatMap((table) =>
  (schema.tables[table]?.attrs ?? []).flatMap((row) => {
    if (row.access === 'reply' || row.kind === 'skip') return [];
    return contextsOf(table).map((context): Probe => ({
      name: `${table}.${row.key || (row.nest ?? '')}`,
      row,
      context,
    }));
  }),
);

/** What the kernel says of a row, from the weakest word to the firmest; anything else is a contradiction. */
const verdicts = ['silent', 'absent', 'members', 'length', 'policy'];

/** How the kernel says that it lacks a kind. */
const ABSENT = new Set([
  'Unknown device type',
  'Specified qdisc kind is unknown',
  'TC classifier not found',
  'Failed to load TC action module',
]);

function judgeOne({ row }: Probe, good: Answer | undefined, bad: readonly Answer[]): string {
  const policy = bad.find((answer) => answer.policy !== undefined)?.policy;
  if (policy !== undefined) return contradiction(row, policy, schema) ?? 'policy';
  if (bad.some((answer) => ABSENT.has(answer.text ?? ''))) return 'absent';
  // Without a policy it must at least tell a value of the wrong length from one of the right length: by one byte, if there
  // is one right length.
  const decisive = sizeOf(row, schema) === undefined ? bad : bad.slice(-1);
  const told = decisive.some(
    ({ errno, text }) => formErrors.includes(errno) && (errno !== good?.errno || text !== good.text),
  );
  return told ? 'length' : 'silent';
}

/** Asks of every row in all of its contexts; a contradiction counts most, of the rest the firmest. */
function judgeAll(): Map<string, string> {
  const out = new Map<string, string>();
  const asked = probes.map(({ row, context }) =>
    [goodValue(row, schema), ...badValues(row, schema)].map((value) => context.message(value, row)),
  );
  const answers = ask(asked.flat());
  const rank = (verdict = 'silent'): number =>
    verdicts.includes(verdict) ? verdicts.indexOf(verdict) : verdicts.length;
  probes.forEach((probe, index) => {
    const [good, ...bad] = answers.splice(0, asked[index]?.length);
    const verdict = judgeOne(probe, good, bad);
    if (rank(verdict) >= rank(out.get(probe.name))) out.set(probe.name, verdict);
  });
  // A nest stands where it should if something in it does.
  for (const { name, row } of probes) {
    const tables = [row.nest, ...Object.values(row.variants ?? {})];
    const within = [...out].filter(([other]) => tables.includes(other.split('.')[0]));
    const firm = within.some(([, verdict]) => verdict === 'policy' || verdict === 'length');
    if (out.get(name) === 'silent' && firm) out.set(name, 'members');
  }
  return out;
}

describe('the policy of the running kernel', () => {
  const found = judgeAll();
  const having = (verdict: string): string[] =>
    [...found].flatMap(([name, its]) => (its === verdict ? [name] : [])).sort();

  test('confirms every writable row that it knows', () => {
    const wrong = [...found].filter(([, verdict]) => !verdicts.includes(verdict));
    expect(wrong).toEqual([]);
    const absent = having('absent');
    const kinds = [...new Set(absent.map((name) => name.split('.')[0]))];
    console.log(
      `policy probe: ${found.size} writable rows; ${having('policy').length} confirmed by the kernel's policy, ` +
        `${having('length').length} by the length that it insists on, ${having('members').length} nests by what is in them, ${absent.length} of kinds that it lacks (${kinds.join(', ')}), ` +
        `${having('silent').length} of which it checks nothing`,
    );
    expect(having('policy').length).toBeGreaterThan(150);
    const excused = (name: string): boolean => newerThanKernel.some((kind) => name.startsWith(`${kind}.`));
    if (inVirtualMachine) expect(absent.filter((name) => !excused(name))).toEqual([]);
  });

  test('is silent about no other rows than these', () => {
    const absent = having('absent');
    const silent = [
      // A name that is only looked up, and two switches of which only the presence counts.
      ...['action.kind', 'bridge.fdbFlush', 'bridgePort.flush'],
      // Numbers that are read without a look at their length, and keys of which there may be any number.
      ...[
        'fdb.nhId',
        'flower.portDstMax',
        'flower.portDstMin',
        'flower.portSrcMax',
        'flower.portSrcMin',
        'u32.sel',
      ],
      ...newerThanKernel.filter((name) => found.has(name)),
    ];
    expect(having('silent')).toEqual(silent.filter((name) => !absent.includes(name)).sort());
  });
});
