import { z } from 'zod';
import { ValidationError } from '../errors';
import { valueAt } from '../text';

/**
 * Checks what a caller passed against a schema, before anything else happens. Throws a ValidationError that names the
 * first wrong field, its value and the remedy.
 */
export function validate<T extends z.ZodType>(schema: T, value: unknown, operation: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === 'unrecognized_keys') throw unknownKey(schema, issue, value, operation);
  const path = pathText(issue?.path ?? []);
  throw new ValidationError({
    operation,
    path: path || 'options',
    value: path ? valueAt(value, path) : value,
    problem: issue?.message ?? 'is not valid',
  });
}

function unknownKey(
  schema: z.ZodType,
  issue: z.core.$ZodIssueUnrecognizedKeys,
  value: unknown,
  operation: string,
): ValidationError {
  const path = pathText([...issue.path, issue.keys[0] ?? '']);
  const known = schema instanceof z.ZodObject && issue.path.length === 0 ? Object.keys(schema.shape) : [];
  const remedy = known.length > 0 ? `; there are ${known.join(', ')}` : '';
  return new ValidationError({
    operation,
    path,
    value: valueAt(value, path),
    problem: `is no option${remedy}`,
  });
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** What the kernel takes as a device's name. "%" is refused because the kernel would number it. */
export const ifname = z
  .string('must be a device name, such as "eth0"')
  .regex(/^[^\s/:%]{1,15}$/, 'must be 1 to 15 bytes without white space, "/", ":" or "%"')
  .refine((name) => Buffer.byteLength(name) <= 15, 'must be at most 15 bytes')
  .refine((name) => name !== '.' && name !== '..', 'must not be "." or ".."');

export const port = z
  .int('must be a whole number')
  .min(1, 'must be a port, 1 to 65535')
  .max(65535, 'must be a port, 1 to 65535');
