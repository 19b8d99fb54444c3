// TC_H_ROOT.
const ROOT = 0xffffffff;
const HALF = /^[0-9a-f]{0,4}$/i;

/** Parses the handle of a qdisc or class: '1:', '1:10' in hexadecimal, or 'root'. Undefined for other texts. */
export function parseHandle(text: string): number | undefined {
  if (text === 'root') return ROOT;
  const [major = '', minor, ...rest] = text.split(':');
  if (minor === undefined || rest.length > 0 || !HALF.test(major) || !HALF.test(minor)) return undefined;
  return ((Number.parseInt(major || '0', 16) << 16) | Number.parseInt(minor || '0', 16)) >>> 0;
}

export function formatHandle(handle: number): string {
  if (handle === ROOT) return 'root';
  const minor = handle & 0xffff;
  return `${(handle >>> 16).toString(16)}:${minor === 0 ? '' : minor.toString(16)}`;
}
