import { ValidationError } from '../../errors/errors';
import { checkKeys } from '../../errors/known-keys';

/** What a field holds: text that must be there or may be left out, or something that the handler checks. */
type Kind = 'string' | 'string?' | 'boolean?' | 'any';

/** The fields of a step besides `op`. */
export type Fields = Readonly<Record<string, Kind>>;

/** Refuses fields that are unknown or of another type. Throws a ValidationError. */
export function checkFields(step: object, fields: Fields): void {
  const given = step as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    if (key !== 'op' && !Object.hasOwn(fields, key))
      checkKeys(given, ['op', ...Object.keys(fields)], given['op'] as string);
  }
  for (const path of Object.keys(fields)) {
    const [kind, value] = [fields[path], given[path]];
    if (kind === 'any' || isRight(value, kind)) continue;
    const problem = kind === 'boolean?' ? 'must be true or false' : 'must be a string';
    throw new ValidationError({ path, value, problem });
  }
}

function isRight(value: unknown, kind: Kind | undefined): boolean {
  if (value === undefined) return kind !== 'string';
  return typeof value === (kind === 'boolean?' ? 'boolean' : 'string');
}
