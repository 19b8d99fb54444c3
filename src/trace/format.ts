import { inspect } from 'node:util';
import type { TracedLock, TracedMessage, TracedPlan, TracedStep } from './events';

/** One line: '12:00:00.123 #1 done: 4.2 ms, steps 11'. */
export function planText(event: TracedPlan): string {
  const begin = `${clock(event.time)} #${String(event.plan)} ${event.event}`;
  if (event.event === 'begin') return begin;
  const end = `${begin}: ${ms(event.durationMs)}, steps ${String(event.steps)}`;
  return event.event === 'done' ? end : `${end}: ${errorText(event.error)}`;
}

/** One line: "12:00:00.123 #1.4 link.add veth0 in 'web': done". */
export function stepText({ time, plan, step, op, netns, object, result, code }: TracedStep): string {
  const what = object === undefined ? op : `${op} ${object}`;
  const where = netns === undefined ? '' : ` in '${netns}'`;
  return `${clock(time)} #${String(plan)}.${String(step)} ${what}${where}: ${result}${code === undefined ? '' : ` ${code}`}`;
}

/** One line: "12:00:00.123 > #1.4 'web' net:[4026532001] link.add type 16 flags 0x605 { ifname: 'veth0' }". */
export function messageText(message: TracedMessage): string {
  const arrow = message.direction === 'sent' ? '>' : '<';
  return [clock(message.time), arrow, ...placeWords(message), contentText(message)].join(' ');
}

/** One line: '12:00:00.123 /run/netloom locked: waited 0.1 ms'. */
export function lockText({ time, event, directory, durationMs }: TracedLock): string {
  return `${clock(time)} ${directory} ${event}: ${event === 'locked' ? 'waited' : 'held'} ${ms(durationMs)}`;
}

function placeWords({ plan, step, netns, inode }: TracedMessage): string[] {
  return [
    ...(plan === undefined
      ? []
      : [step === undefined ? `#${String(plan)}` : `#${String(plan)}.${String(step)}`]),
    ...(netns === undefined ? [] : [`'${netns}'`]),
    ...(inode === undefined ? [] : [`net:[${String(inode)}]`]),
  ];
}

function contentText(message: TracedMessage): string {
  if (message.kind === 'event') return `event ${message.family} ${message.action} ${bodyText(message.body)}`;
  const undo = message.undo === undefined ? '' : `undo ${message.undo} `;
  const request = `${undo}${message.family}.${message.verb}`;
  switch (message.kind) {
    case 'request':
      return `${request} type ${String(message.type)} flags 0x${message.flags.toString(16)} ${bodyText(message.body)}`;
    case 'object':
      return `${request} ${bodyText(message.body)}`;
    case 'done':
      return `${request} done, ${ms(message.durationMs)}`;
    case 'error': {
      const { code, call, text, path } = message;
      const details = [call === 'netlink' ? '' : call, text, path && `at ${path}`].filter(Boolean);
      return `${[`${request} ${code}`, ...details].join(': ')}, ${ms(message.durationMs)}`;
    }
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.replaceAll('\n', ' ')}` : inspect(error);
}

/** The body on one line; bytes as hexadecimal digits. */
function bodyText(body: object): string {
  return inspect(withHex(body), {
    depth: null,
    breakLength: Infinity,
    compact: true,
    maxArrayLength: null,
    maxStringLength: null,
  });
}

function withHex(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return { [inspect.custom]: () => `<${Buffer.from(value).toString('hex')}>` };
  if (Array.isArray(value)) return value.map(withHex);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withHex(inner)]));
}

function ms(duration: number): string {
  return `${duration.toFixed(1)} ms`;
}

function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 23);
}
