import { ValidationError } from '../errors/errors';

/** The directory in which `ip netns` and this library pin names. */
export const NETNS_DIRECTORY = '/run/netns';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Rejects a name that must not become a file under /run/netns, with a ValidationError that names the value and the
 * remedy.
 */
export function checkName(name: unknown, operation: string, path = 'name'): asserts name is string {
  const problem = problemOf(name);
  if (problem !== undefined) throw new ValidationError({ operation, path, value: name, problem });
}

/** Whether this library could have created the name. */
export function isName(name: unknown): name is string {
  return problemOf(name) === undefined;
}

function problemOf(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'must be a string, such as "red"';
  if (name === '') return 'must not be empty; omit the name for an anonymous namespace';
  if (Buffer.byteLength(name) > 255) return 'must be at most 255 bytes';
  if (!NAME.test(name))
    return 'must start with a letter or digit, followed by letters, digits, "_", "-" or "."';
  // Harmless as a file name, but surely a mistake.
  if (name.includes('..')) return 'must not contain ".."';
  return undefined;
}

/**
 * Rejects a name that cannot be a file under /run/netns. Other tools create names that {@link checkName} rejects; these
 * can be opened and listed.
 */
export function checkExistingName(name: string, operation: string, path: string): void {
  const problem = existingProblem(name);
  if (problem !== undefined) throw new ValidationError({ operation, path, value: name, problem });
}

function existingProblem(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (Buffer.byteLength(name) > 255) return 'must be at most 255 bytes';
  if (name === '.' || name === '..' || /[/\0]/.test(name))
    return "must be a name under /run/netns, without '/': give a path as { path }";
  return undefined;
}

/** The file of a valid name. */
export function namePath(name: string): string {
  return `${NETNS_DIRECTORY}/${name}`;
}
