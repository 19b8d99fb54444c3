import { lines, type Line } from './lines';

/** A test of one line of a tutorial; the run counts the lines by the numbers that the names of its tests begin with. */
export function scenario(line: Line, body: () => Promise<void>): void {
  test(`${line} ${lines[line]}`, body);
}

/** A test of one of several things that a line tells. */
export function partOf(line: Line, part: string, body: () => Promise<void>): void {
  test(`${line} ${lines[line]}: ${part}`, body);
}
