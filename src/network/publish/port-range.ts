const PORT_PROBLEM = 'must be a port: a whole number, 1 to 65535';
const RANGE = /^(\d{1,5})-(\d{1,5})$/;

/** The wrong key of a rule's ports with its problem; undefined if both are right. */
export function wrongPorts(hostPort: unknown, port: unknown): { key: string; problem: string } | undefined {
  // The common case among thousands of rules.
  if (isPort(hostPort) && isPort(port)) return undefined;
  if (hostPort !== 0 && !isRange(hostPort))
    return {
      key: 'hostPort',
      problem: `${PORT_PROBLEM}, 0 for any free port, or a range such as "8000-8009"`,
    };
  const count = countOf(hostPort);
  if (count === 1 && typeof port !== 'string')
    return isPort(port) ? undefined : { key: 'port', problem: PORT_PROBLEM };
  if (isRange(port) && countOf(port) === count) return undefined;
  return { key: 'port', problem: `must be a range of as many ports as hostPort: ${String(count)}` };
}

/** The first port of a checked range, or the single port. */
export function firstOf(ports: number | string): number {
  return typeof ports === 'number' ? ports : endsOf(ports)[0];
}

/** The number of ports in a checked range. */
export function countOf(ports: number | string): number {
  if (typeof ports === 'number') return 1;
  const [first, last] = endsOf(ports);
  return last - first + 1;
}

/** A range as callers write it: '8000-8009', or the number of one port. */
export function rangeText(first: number, count: number): number | string {
  return count === 1 ? first : `${String(first)}-${String(first + count - 1)}`;
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535;
}

function isRange(value: unknown): value is number | string {
  if (typeof value !== 'string') return isPort(value);
  const [first, last] = endsOf(value);
  return isPort(first) && isPort(last) && first <= last;
}

function endsOf(range: string): [number, number] {
  const [, first, last] = RANGE.exec(range) ?? [];
  return [Number(first), Number(last)];
}
