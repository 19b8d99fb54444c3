import { type InferOutput, maxValue, minValue, optional, pipe } from 'valibot';
import { ValidationError } from '../errors/errors';
import { finiteNumber, options, validate } from '../errors/validate-options';

/** The quality of a line in one direction. Absent properties are not degraded. */
export interface LineQuality {
  /** Bits per second. */
  readonly rate?: number;
  /** Additional delay of each packet, in milliseconds. Needs netem in the kernel, as the next two. */
  readonly delay?: number;
  /** Variation of the delay in milliseconds, up and down. */
  readonly jitter?: number;
  /** Packet loss in percent. */
  readonly loss?: number;
}

/** One quality for both directions, or one each for sent and received packets. */
export type LineShape =
  LineQuality | { readonly egress?: LineQuality | undefined; readonly ingress?: LineQuality | undefined };

export interface Directions {
  readonly egress?: LineQuality;
  readonly ingress?: LineQuality;
}

/** The longest delay that fits the kernel's 32-bit field, in milliseconds. */
const LONGEST = 270_000;

const time = pipe(
  finiteNumber('must be a number of milliseconds'),
  minValue(0, 'must be 0 or more milliseconds'),
  maxValue(LONGEST, `must be at most ${String(LONGEST)} milliseconds`),
);

const quality = options({
  rate: optional(
    pipe(
      finiteNumber('must be a number of bits a second, such as 10_000_000'),
      minValue(64, 'must be at least 64 bits a second'),
      maxValue(8 * (2 ** 53 - 1), 'must be a number of bits a second'),
    ),
  ),
  delay: optional(time),
  jitter: optional(time),
  loss: optional(
    pipe(
      finiteNumber('must be a percentage, 0 to 100'),
      minValue(0, 'must be a percentage, 0 to 100'),
      maxValue(100, 'must be a percentage, 0 to 100'),
    ),
  ),
});
const directions = options({ egress: optional(quality), ingress: optional(quality) });

/** The two directions of the caller's shape. Throws a ValidationError that names the field. */
export function directionsOf(shape: LineShape, operation: string): Directions {
  const given: unknown = shape;
  const isSplit = typeof given === 'object' && given !== null && ('egress' in given || 'ingress' in given);
  const checked = isSplit
    ? validate(directions, shape, operation, 'shape')
    : both(validate(quality, shape, operation, 'shape'));
  for (const [direction, { delay = 0, jitter = 0 } = {}] of Object.entries(checked)) {
    if (jitter <= delay) continue;
    const path = isSplit ? `${direction}.jitter` : 'jitter';
    const problem = 'must be at most the delay, which the jitter varies';
    throw new ValidationError({ operation, path, value: jitter, problem });
  }
  return checked as Directions;
}

function both(one: InferOutput<typeof quality>): InferOutput<typeof directions> {
  return { egress: one, ingress: one };
}

/** Whether a quality limits anything. */
export function asks({ rate, delay, jitter, loss }: LineQuality): boolean {
  return rate !== undefined || needsNetem({ delay, jitter, loss });
}

/** Whether a quality needs more than a rate. */
export function needsNetem({ delay = 0, jitter = 0, loss = 0 }: Nullable<LineQuality>): boolean {
  return delay > 0 || jitter > 0 || loss > 0;
}

type Nullable<T> = { readonly [K in keyof T]?: T[K] | undefined };
