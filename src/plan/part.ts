import type { EncodedPart } from '../native/contract';
import type { Compiled, Compiler } from './compile';
import type { Step } from './spec/step';

/** What a part of a plan comes to: steps that are still to be encoded, or the bytes of those that are. */
export type CompiledPart =
  Compiled | (Pick<Compiled, 'labels'> & Pick<EncodedPart, 'words' | 'bytes' | 'texts'>);

/** A part of a plan that is carried out part by part. */
export interface Part {
  /** Called once, in the order of the parts. Throws a ValidationError that says which step of the whole plan is wrong. */
  compile(compiler: Compiler): CompiledPart;
  /** A step by its number in the part, once that is compiled. */
  stepAt(index: number): Step | undefined;
  /** Whether a step of it has more to tell than what was made by it: an answer, or that it cannot be taken back. */
  readonly tells: boolean;
}

/** A part of steps as they stand. */
export function partOf(steps: readonly Step[]): Part {
  return {
    compile: (compiler) => compiler.compile(steps),
    stepAt: (index) => steps[index],
    tells: true,
  };
}
