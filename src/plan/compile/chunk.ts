import type { EncodedPart } from '../../native/program';
import type { Compiled, Compiler } from './compile';
import type { Step } from '../spec/step';

/** The compiled form of one chunk of a plan: steps to encode, or steps that are encoded already. */
export type CompiledChunk =
  Compiled | (Pick<Compiled, 'labels'> & Pick<EncodedPart, 'words' | 'bytes' | 'texts'>);

/** One of the chunks that a long plan is compiled and run in. */
export interface Chunk {
  /** Called once, in the order of the chunks. Throws a ValidationError that names the step by its number in the plan. */
  compile(compiler: Compiler): CompiledChunk;
  /** A step by its number in the chunk, after `compile`. */
  stepAt(index: number): Step | undefined;
  /** Whether a step has a result other than a namespace: a reply, a socket, a previous value, or that it is irreversible. */
  readonly hasResult: boolean;
}

/** A chunk of given steps. */
export function chunkOf(steps: readonly Step[]): Chunk {
  return {
    compile: (compiler) => compiler.compile(steps),
    stepAt: (index) => steps[index],
    hasResult: true,
  };
}
