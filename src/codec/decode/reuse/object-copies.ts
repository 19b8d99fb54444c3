/** An object, or a list by its numbers. */
export type Fields = Record<string | number, unknown>;

/** What copies are made of, and how. */
export interface Model {
  readonly like: Fields;
  readonly copy: (like: Fields) => Fields;
}

const MOST_KINDS = 512;
const kinds = new Map<string, Model['copy']>();

/**
 * For objects with these keys. `like` is made by JSON, because V8 takes an object that grew key by key for a dictionary, and it
 * is itself a copy, so that its copies are of its own hidden class, which lives as long as the model.
 */
export function objectModel(keys: readonly (string | number)[]): Model {
  const text = JSON.stringify(Object.fromEntries(keys.map((key) => [key, null])));
  return { like: { ...(JSON.parse(text) as Fields) }, copy: copyFor(keys.join()) };
}

/** For lists of so many elements. */
export function listModel({ length }: readonly unknown[]): Model {
  const like = Array.from({ length }, () => null) as unknown as Fields;
  return { like, copy: (list) => (list as unknown as unknown[]).slice() as unknown as Fields };
}

/** V8 keeps in mind at each place in a program what was copied there, and is fast where that is always of one kind. */
function copyFor(keys: string): Model['copy'] {
  const known = kinds.get(keys);
  if (known) return known;
  const made = makeCopy(keys);
  if (kinds.size >= MOST_KINDS) kinds.clear();
  kinds.set(keys, made);
  return made;
}

function makeCopy(keys: string): Model['copy'] {
  try {
    // A place of its own, as long as no other text is the same.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    return new Function('like', `/* ${keys} */ return { ...like };`) as Model['copy'];
  } catch {
    // Code must not be made from text: `node --disallow-code-generation-from-strings`.
    return (like) => ({ ...like });
  }
}
