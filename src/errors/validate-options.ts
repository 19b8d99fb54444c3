import {
  type BaseIssue,
  boolean,
  check,
  custom,
  type GenericSchema,
  type InferOutput,
  type IssuePathItem,
  lazy,
  maxValue,
  minValue,
  type ObjectEntries,
  pipe,
  regex,
  safeParse,
  strictObject,
  type StrictObjectIssue,
  string,
  toLowerCase,
} from 'valibot';
import { ValidationError } from './errors';

/**
 * Validates a caller's value against a schema, before anything else happens. Throws a ValidationError that names the
 * first wrong field, its value and the remedy; `argument` is the name of the value itself.
 */
export function validate<S extends GenericSchema>(
  schema: S,
  value: unknown,
  operation: string,
  argument = 'options',
): InferOutput<S> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const [{ message: problem, path: [...path] = [] }] = result.issues;
  throw new ValidationError({
    operation,
    path: pathIn(argument, pathText(path)),
    value: path.length > 0 ? path.at(-1)?.value : value,
    problem,
  });
}

const defaults = new WeakMap<GenericSchema, unknown>();

/** The same for options that the caller may leave out: then the result is one object for all calls. */
export function validateOptions<S extends GenericSchema>(
  schema: S,
  given: unknown,
  operation: string,
): InferOutput<S> {
  if (given !== undefined && given !== null) return validate(schema, given, operation);
  const known = defaults.get(schema) ?? validate(schema, {}, operation);
  defaults.set(schema, known);
  return known;
}

// Fields of an object are told by their own names, those of an array by its name.
function pathIn(argument: string, path: string): string {
  if (path === '') return argument;
  return path.startsWith('[') && argument !== 'options' ? argument + path : path;
}

function pathText(path: readonly IssuePathItem[]): string {
  return path
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** valibot's own check accepts an array as an object whose options are all optional. */
export function anyObject(problem: string) {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return custom<object>(isObject, problem);
}

/** An object with these options and no others; `problem` is the message for any other value. */
export function options<const E extends ObjectEntries>(entries: E, problem = 'must be an object of options') {
  const named = strictObject(entries, (issue) => keyProblem(entries, issue));
  return pipe(anyObject(problem), named);
}

/** The message for an unknown key, or for a missing one: then the message of the key's own schema. */
function keyProblem(entries: ObjectEntries, { expected, path }: StrictObjectIssue): string {
  if (expected === 'never') return `is not an option; the options are ${Object.keys(entries).join(', ')}`;
  const missing = entries[String(path?.[0].key)] as GenericSchema;
  const [{ message }] = safeParse(missing, undefined).issues as [BaseIssue<unknown>];
  return message;
}

/** A boolean, or an object of options. */
export function booleanOrOptions<const E extends ObjectEntries>(entries: E, problem: string) {
  const [flag, object] = [boolean(), options(entries, problem)];
  // The error of a union would only say that no member matches.
  return lazy((value) => (typeof value === 'boolean' ? flag : object));
}

/** A safe integer: JavaScript can distinguish it from its neighbours. */
export function wholeNumber(problem: string) {
  return custom<number>(Number.isSafeInteger, problem);
}

export function finiteNumber(problem: string) {
  return custom<number>(Number.isFinite, problem);
}

export const networkName = pipe(
  string('must be a string, such as "web"'),
  regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'must be 1 to 64 letters, digits, "_", "-" or ".", and begin with a letter or digit',
  ),
  check((name) => !name.includes('..'), 'must not contain ".."'),
);

/** A device name that the kernel accepts. "%" is rejected because the kernel would replace it with a number. */
export const ifname = pipe(
  string('must be a device name, such as "eth0"'),
  regex(/^[^\s/:%]{1,15}$/, 'must be 1 to 15 bytes without white space, "/", ":" or "%"'),
  check((name) => Buffer.byteLength(name) <= 15, 'must be at most 15 bytes'),
  check((name) => name !== '.' && name !== '..', 'must not be "." or ".."'),
);

/** The name of a device to create. */
export const newIfname = pipe(
  ifname,
  check((name) => name !== 'lo', 'must not be "lo": every namespace has a device of that name'),
  check(
    (name) => name !== 'all' && name !== 'default',
    'must not be "all" or "default": the kernel has settings of these names for all devices',
  ),
);

/** The MAC address of a device to create. */
export const mac = pipe(
  string('must be a MAC address'),
  regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'must be a MAC address such as "02:00:00:00:00:01"'),
  // The lowest bit of the first byte marks multicast addresses.
  check((text) => Number.parseInt(text.slice(0, 2), 16) % 2 === 0, 'must not be a multicast address'),
  check((text) => /[1-9a-f]/i.test(text), 'must not be all zeros'),
  toLowerCase(),
);

export const port = pipe(
  wholeNumber('must be a whole number'),
  minValue(1, 'must be a port, 1 to 65535'),
  maxValue(65535, 'must be a port, 1 to 65535'),
);

/** The name of a device that exists. Devices of other tools may have a "%" in their names. */
export const existingIfname = pipe(
  string('must be a device name, such as "eth0"'),
  regex(/^[^\s/]{1,15}$/, 'must be 1 to 15 bytes without white space or "/"'),
);

/** An AbortSignal, of any implementation. */
export const abortSignal = custom<AbortSignal>(
  (value) => typeof value === 'object' && value !== null && 'aborted' in value,
  'must be an AbortSignal',
);

export function aFunction<T extends (...args: never[]) => unknown>(problem = 'must be a function') {
  return custom<T>((value) => typeof value === 'function', problem);
}

export const flag = boolean('must be true or false');

/** The size of a buffer in bytes. */
export const bufferSize = pipe(
  wholeNumber('must be a whole number of bytes'),
  minValue(0, 'must be a whole number of bytes'),
);
