import { ValidationError } from '../../errors/errors';
import { checkKeys } from '../../errors/known-keys';

/** What a field holds: text that must be there or may be left out, or something that the compiler checks. */
type Kind = 'string' | 'string?' | 'boolean?' | 'any';
type Fields = Readonly<Record<string, Kind>>;

/** The fields of steps by their operations, besides `op`. */
const FIELDS: ReadonlyMap<unknown, Fields> = new Map<unknown, Fields>([
  ['netns.create', { netns: 'string', name: 'any' }],
  ['netns.open', { netns: 'string', path: 'string' }],
  ['netns.delete', { name: 'any' }],
  ['firewall', { netns: 'any', requests: 'any', inverse: 'any' }],
  ['iptables', { netns: 'any', flavour: 'string', family: 'string', input: 'string', inverse: 'string?' }],
  [
    'ovs.bridge',
    {
      ...{ netns: 'any', socket: 'string', bridge: 'string' },
      ...{ datapathType: 'string?', mac: 'string?', mtu: 'any', tags: 'any' },
    },
  ],
  ['ovs.ports', { netns: 'any', socket: 'string', bridge: 'string', ports: 'any' }],
  ['sysctl', { netns: 'any', path: 'string', value: 'string' }],
  ['socket', { netns: 'any', label: 'string', protocol: 'string' }],
]);
const REQUEST: Fields = { netns: 'any', body: 'any', undo: 'any', echo: 'boolean?' };

/** Whether a value has the form of a step: an object with an operation. */
export function isStep(step: unknown): boolean {
  return (
    typeof step === 'object' && step !== null && typeof (step as { readonly op?: unknown }).op === 'string'
  );
}

/** Refuses what is no step, and fields that are unknown or of another type. Throws a ValidationError. */
export function checkStep(step: unknown): void {
  if (!isStep(step)) {
    const problem = "must be an object with an operation, such as { op: 'link.add' }";
    throw new ValidationError({ path: '', value: step, problem });
  }
  const given = step as Readonly<Record<string, unknown>>;
  const fields = FIELDS.get(given['op']) ?? REQUEST;
  checkKeys(given, ['op', ...Object.keys(fields)], given['op'] as string);
  for (const [path, kind] of Object.entries(fields)) {
    const value = given[path];
    if (isRight(value, kind)) continue;
    const problem = kind === 'boolean?' ? 'must be true or false' : 'must be a string';
    throw new ValidationError({ path, value, problem });
  }
}

function isRight(value: unknown, kind: Kind): boolean {
  if (kind === 'any' || (value === undefined && kind !== 'string')) return true;
  return typeof value === (kind === 'boolean?' ? 'boolean' : 'string');
}
