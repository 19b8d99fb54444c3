import os from 'node:os';
import {
  array,
  check,
  custom,
  literal,
  maxValue,
  minLength,
  minValue,
  nullish,
  optional,
  picklist,
  pipe,
  string,
  union,
  unknown,
} from 'valibot';
import {
  abortSignal,
  anyObject,
  finiteNumber,
  flag,
  options,
  validate,
  wholeNumber,
} from '../../errors/validate-options';

/** Options of the launcher, which checks their values itself. */
const any = optional(unknown());
const launch = { user: any, group: any, etc: any, resolver: any, sys: any };

const ID = 'must be a whole number, 0 to 4294967294';
const id = pipe(wholeNumber(ID), minValue(0, ID), maxValue(0xffff_fffe, ID));
const amount = (what: string) => pipe(finiteNumber(what), minValue(0, what));
const text = pipe(
  string('must be a string'),
  check((value) => !value.includes('\0'), 'must not contain a NUL byte'),
);
const list = array(text, 'must be an array of strings');
const fileOrUrl = custom<string | URL>(
  (value) => (typeof value === 'string' && value !== '' && !value.includes('\0')) || value instanceof URL,
  'must be a file: a path or a URL',
);
const isSignal = (value: unknown): boolean =>
  typeof value === 'string' ? Object.hasOwn(os.constants.signals, value) : Number.isSafeInteger(value);

// Node.js takes null for an option that is left out.
const everywhere = {
  cwd: nullish(fileOrUrl),
  env: nullish(anyObject('must be an object of environment variables')),
  timeout: nullish(amount('must be a number of milliseconds, 0 or more')),
  killSignal: nullish(custom(isSignal, "must be a signal, such as 'SIGTERM'")),
  signal: nullish(abortSignal),
  windowsHide: nullish(flag),
  windowsVerbatimArguments: nullish(flag),
};
const always = { ...everywhere, ...launch, uid: nullish(id), gid: nullish(id), argv0: nullish(text) };
const shell = nullish(union([flag, text], 'must be true, false or the path of a shell'));
const stdio = nullish(
  union(
    [picklist(['pipe', 'ignore', 'inherit', 'overlapped']), array(unknown())],
    "must be 'pipe', 'ignore', 'inherit' or an array with an entry for each descriptor",
  ),
);
const serialization = nullish(union([literal('json'), literal('advanced')], "must be 'json' or 'advanced'"));
const apart = { detached: nullish(flag), stdio, serialization };

const OPTIONS = {
  'netns.spawn': options({ ...always, ...apart, shell }),
  'netns.exec': options({
    ...always,
    shell,
    maxBuffer: nullish(amount('must be a number of bytes, 0 or more')),
    encoding: any,
  }),
  'netns.fork': options({
    ...always,
    ...apart,
    execPath: nullish(text),
    execArgv: nullish(list),
    silent: nullish(flag),
  }),
  rootless: options({ ...everywhere, ...apart, outside: any }),
} as const;

const command = pipe(text, minLength(1, 'must not be empty'));

/** Checks the arguments of a call that starts a process. Throws a ValidationError. */
export function checkStart(
  operation: keyof typeof OPTIONS,
  file: unknown,
  args: unknown,
  given: unknown,
): void {
  if (operation === 'netns.fork') validate(fileOrUrl, file, operation, 'modulePath');
  else validate(command, file, operation, 'command');
  validate(list, args, operation, 'args');
  validate(OPTIONS[operation], given, operation);
}

/** Checks the arguments of a worker; its options are Node.js's, which checks them. Throws a ValidationError. */
export function checkWorker(file: unknown, given: unknown): void {
  validate(fileOrUrl, file, 'netns.worker', 'file');
  validate(anyObject('must be an object of options'), given, 'netns.worker');
}
