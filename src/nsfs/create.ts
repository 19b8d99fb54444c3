import { NetlinkError, ValidationError } from '../errors/errors';
import { binding, REQUEST_DEADLINE_MS, runProgram } from '../executor/run-program';
import type { NativeFailure, NativeOutcome, NativePart, NativeStep } from '../native/program';
import type { NamespaceSource } from './handle';
import { checkName, namePath } from './name';
import { checkNamespaceLimits } from './capacity';
import { settingsOf, type NamespaceOptions, type Setting } from './options';

// The event loop runs after each group of this many.
const NAMES_AT_A_TIME = 64;
// The loopback device has the first index in every namespace.
const LOOPBACK = 1;

/** Creates namespaces with their loopback devices up, in one program: all or none. Without a name: anonymous. */
export async function createNamespaces(
  operation: string,
  names: readonly (string | undefined)[],
  options: NamespaceOptions,
): Promise<NamespaceSource[]> {
  checkNames(names, operation);
  checkNamespaceLimits(names.length, operation);
  const settings = settingsOf(options, operation);
  const stepsEach = 2 + settings.length;
  const made: NamespaceSource[] = [];
  const note = ({ results }: NativeOutcome): void => {
    for (const { netns } of results) {
      if (netns) made.push({ ...netns, name: names[made.length], owned: true });
    }
  };
  let begin = 0;
  const next = (): NativePart => {
    const some = names.slice(begin, begin + NAMES_AT_A_TIME);
    const first = begin;
    begin += some.length;
    return {
      slots: some.map(() => ({})),
      steps: some.flatMap((name, index) => stepsOf(first + index, name, settings)),
      more: begin < names.length,
    };
  };
  const program = { ...next(), atomic: true, deadlineMs: REQUEST_DEADLINE_MS };
  const closeAll = (): void => {
    for (const { handle } of made) binding.close(handle);
  };
  const outcome = await runProgram(program, { next, part: note }).catch((error: unknown) => {
    closeAll();
    throw error;
  });
  if (outcome.failed < 0) {
    note(outcome);
    return made;
  }
  closeAll();
  throw failed(operation, outcome, names[Math.floor(outcome.failed / stepsEach)]);
}

/** The names for {@link createNamespaces}: the given ones, or undefined for each of a number of anonymous namespaces. */
export function namesToCreate(
  namesOrCount: readonly string[] | number,
  operation: string,
): readonly (string | undefined)[] {
  if (Array.isArray(namesOrCount)) {
    // Only create() may leave a name out.
    for (const [index, name] of (namesOrCount as unknown[]).entries())
      checkName(name, operation, `names[${String(index)}]`);
    return namesOrCount as readonly string[];
  }
  return anonymous(namesOrCount, operation);
}

/** A list of undefined names. Throws a ValidationError if the count is not a whole number. */
export function anonymous(count: unknown, operation: string): undefined[] {
  checkCount(count, operation);
  checkNamespaceLimits(count, operation);
  return new Array<undefined>(count).fill(undefined);
}

/** A higher count is a mistake: a list of this length takes 128 MB. */
const MOST = 2 ** 24;

/** Rejects an invalid number of namespaces. */
export function checkCount(count: unknown, operation: string): asserts count is number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 && count <= MOST) return;
  const problem = `must be a list of names or a whole number, 0 to ${String(MOST)}`;
  throw new ValidationError({ operation, path: 'namesOrCount', value: count, problem });
}

function checkNames(names: readonly (string | undefined)[], operation: string): void {
  const seen = new Set<string>();
  names.forEach((name, index) => {
    if (name === undefined) return;
    const path = operation === 'netns.create' ? 'name' : `names[${index}]`;
    checkName(name, operation, path);
    if (seen.has(name))
      throw new ValidationError({ operation, path, value: name, problem: 'must not be given twice' });
    seen.add(name);
  });
}

function stepsOf(slot: number, name: string | undefined, settings: readonly Setting[]): NativeStep[] {
  return [
    { op: 'create', slot, ...(name === undefined ? {} : { path: namePath(name) }) },
    ...settings.map(({ path, value }): NativeStep => ({ op: 'sysctl', slot, path, value })),
    // The device is deleted with its namespace: there is nothing to undo.
    { op: 'request', slot, family: 'link', verb: 'set', body: { index: LOOPBACK, up: true } },
  ];
}

function failed(operation: string, outcome: NativeOutcome, name = 'anonymous namespace'): NetlinkError {
  const left = outcome.notUndone.map(
    ({ failure }) => NetlinkError.of(failure, { operation: 'undo' }).message,
  );
  const cause = outcome.results[outcome.failed - outcome.first]?.failure as NativeFailure;
  return NetlinkError.of(cause, { operation, object: name }, left);
}
