/** An object, or a list as an object with numbers as keys. */
export type Fields = Record<string | number, unknown>;

type Copy = (sample: Fields) => Fields;

/** A kind of object that is created by copying a sample. */
export interface ObjectShape {
  readonly sample: Fields;
  readonly copy: Copy;
}

/**
 * V8 caches the hidden classes of a spread per place in the source, up to four of them. With one place for all shapes,
 * decoding a list of links takes three times as long. A veth needs 18 shapes; this many places are enough for 64.
 */
const COPIERS: readonly Copy[] = [
  ...[(sample: Fields) => ({ ...sample }), (sample: Fields) => ({ ...sample })],
  ...[(sample: Fields) => ({ ...sample }), (sample: Fields) => ({ ...sample })],
  ...[(sample: Fields) => ({ ...sample }), (sample: Fields) => ({ ...sample })],
  ...[(sample: Fields) => ({ ...sample }), (sample: Fields) => ({ ...sample })],
  ...[(sample: Fields) => ({ ...sample }), (sample: Fields) => ({ ...sample })],
  ...[(sample: Fields) => ({ ...sample }), (sample: Fields) => ({ ...sample })],
  ...[(sample: Fields) => ({ ...sample }), (sample: Fields) => ({ ...sample })],
  ...[(sample: Fields) => ({ ...sample }), (sample: Fields) => ({ ...sample })],
];

const MOST_SHAPES = 512;
const copierByKeys = new Map<string, Copy>();
let next = 0;

/**
 * The shape of objects with these keys. The sample is parsed from JSON, because V8 turns an object that grows key by
 * key into a dictionary. The sample is itself a copy, so that its copies share its hidden class, which lives as long as
 * the shape.
 */
export function objectShape(keys: readonly (string | number)[]): ObjectShape {
  const text = JSON.stringify(Object.fromEntries(keys.map((key) => [key, null])));
  return { sample: { ...(JSON.parse(text) as Fields) }, copy: copierFor(keys.join()) };
}

/** The shape of lists of this length. */
export function listShape({ length }: readonly unknown[]): ObjectShape {
  const sample = Array.from({ length }, () => null) as unknown as Fields;
  return { sample, copy: (list) => (list as unknown as unknown[]).slice() as unknown as Fields };
}

/** Shapes are assigned to the copiers in rotation; the same keys always get the same one. */
function copierFor(keys: string): Copy {
  const known = copierByKeys.get(keys);
  if (known) return known;
  const copier = COPIERS[next++ % COPIERS.length] as Copy;
  if (copierByKeys.size >= MOST_SHAPES) copierByKeys.clear();
  copierByKeys.set(keys, copier);
  return copier;
}
