import { minValue, nullish, optional, picklist, pipe, string, unknown } from 'valibot';
import {
  abortSignal,
  aFunction,
  anyObject,
  finiteNumber,
  flag,
  options,
  validate,
  validateOptions,
} from '../errors/validate-options';

const any = optional(unknown());
const lookup = nullish(aFunction('must be a function such as dns.lookup'));
const milliseconds = pipe(
  finiteNumber('must be a number of milliseconds, 0 or more'),
  minValue(0, 'must be a number of milliseconds, 0 or more'),
);

/** All that net.connect takes. Node.js checks ports and the other values, with its own errors. */
const connectOptions = options(
  {
    host: nullish(string('must be a name or an address')),
    path: nullish(string('must be the path of a Unix socket')),
    lookup,
    signal: nullish(abortSignal),
    timeout: nullish(milliseconds),
    localAddress: nullish(string('must be an address')),
    ...{
      port: any,
      localPort: any,
      family: any,
      hints: any,
      noDelay: any,
      keepAlive: any,
      keepAliveInitialDelay: any,
      onread: any,
    },
    ...{ autoSelectFamily: any, autoSelectFamilyAttemptTimeout: any, allowHalfOpen: any, blockList: any },
    ...{ readable: any, writable: any, highWaterMark: any, objectMode: any, typeOfService: any },
  },
  'must be an object such as { port: 80, host: "10.0.0.2" }',
);

/** Checks the arguments of `connect`. Throws a ValidationError. */
export function checkConnectArguments(given: unknown, listener: unknown): void {
  const operation = 'netns.connect';
  validate(connectOptions, given, operation);
  checkListener(listener, operation, 'listener');
}

const TYPE = "must be 'udp4', 'udp6', or an object of options with that type";
const datagramType = picklist(['udp4', 'udp6'], TYPE);
const datagramOptions = options({
  type: datagramType,
  reuseAddr: optional(flag),
  reusePort: optional(flag),
  ipv6Only: optional(flag),
  lookup,
  signal: optional(abortSignal),
  ...{ recvBufferSize: any, sendBufferSize: any, receiveBlockList: any, sendBlockList: any },
});

/** Checks the arguments of `createSocket`. Throws a ValidationError. */
export function checkDatagramArguments(type: unknown, onMessage: unknown): void {
  const operation = 'netns.createSocket';
  const isOptions = typeof type === 'object' && type !== null && !Array.isArray(type);
  validate(isOptions ? datagramOptions : datagramType, type, operation, 'type');
  checkListener(onMessage, operation, 'onMessage');
}

/** Checks the options of an agent, whose fields Node.js or undici checks. Throws a ValidationError. */
export function checkAgentOptions(given: unknown, operation: string): void {
  validateOptions(anyObject('must be an object of options'), given, operation);
}

function checkListener(listener: unknown, operation: string, argument: string): void {
  validate(nullish(aFunction()), listener, operation, argument);
}
