import { nearest } from '../base/suggest';
import { ValidationError } from './errors';

/** Rejects options that are not an object or have unknown keys. Undefined is accepted. Throws a ValidationError. */
export function checkKeys(given: unknown, known: readonly string[], operation: string): void {
  if (given === undefined || given === null) return;
  const problem = 'must be an object of options';
  if (typeof given !== 'object' || Array.isArray(given))
    throw new ValidationError({ operation, path: 'options', value: given, problem });
  for (const [key, value] of Object.entries(given)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    const meant = near === undefined ? '' : ` (did you mean ${near}?)`;
    const unknown = `is not an option; the options are ${known.join(', ')}${meant}`;
    throw new ValidationError({ operation, path: key, value, problem: unknown });
  }
}

/** The options of a caller who may leave them out, with known keys only. Throws a ValidationError. */
export function optionsIn<T extends object>(
  given: T,
  known: readonly string[],
  operation: string,
): Partial<T> {
  checkKeys(given, known, operation);
  const chosen: unknown = given;
  return chosen ?? {};
}
