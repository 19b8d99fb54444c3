import type {
  EncodedProgram,
  EncodedRequest,
  EncodedRequestStep,
  NativeRequest,
  NativeRequestStep,
  NativeStep,
} from '../native';
import { encodeRequest } from './encode';
import { Refusal } from './refusal';

/** The steps of a program with their requests as bytes. Throws a refusal that names the step and its request. */
export function encodeSteps(steps: readonly NativeStep[]): EncodedProgram['steps'] {
  return steps.map((step, index) => {
    if (step.op === 'request') return requestStep(step, index);
    if (step.op !== 'transaction') return step;
    const { op, slot, requests, inverse = [] } = step;
    const encode = (all: readonly NativeRequest[]): EncodedRequest[] =>
      all.map((request, position) => encodeAt(request, index, position));
    return { op, slot, requests: encode(requests), inverse: encode(inverse) };
  });
}

function requestStep(step: NativeRequestStep, index: number): EncodedRequestStep {
  const { op, slot, reply, undo } = step;
  return {
    ...{ op, slot, request: encodeAt(step, index) },
    ...(reply === undefined ? {} : { reply }),
    ...(undo && { undo: { ...undo, request: encodeAt(undo.request, index) } }),
  };
}

function encodeAt(request: NativeRequest, step: number, position = 0): EncodedRequest {
  try {
    return encodeRequest(request);
  } catch (error) {
    if (error instanceof Refusal) Object.assign(error, { step, request: position });
    throw error;
  }
}
