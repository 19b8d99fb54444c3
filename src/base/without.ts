/** The machinery for speed. Each piece can be switched off, so that a benchmark shows what it saves. */
const PIECES = [
  /** plan/templates: steps filled into templates. */
  'templates',
  /** codec/decode/reuse: messages decoded by the layout of earlier ones. */
  'layouts',
  /** firewall/network: map elements copied from an encoded one. */
  'elements',
  /** native/prefetch: namespaces made ahead by a second thread. */
  'prefetch',
  /** native/executor: the thread spins for the next command. */
  'spin',
  /** dist/netloom.code: compiled code. */
  'code-cache',
] as const;

export type Piece = (typeof PIECES)[number];

const off = new Set((process.env['NETLOOM_WITHOUT'] ?? '').split(',').filter((name) => name !== ''));

for (const name of off) {
  if (!(PIECES as readonly string[]).includes(name))
    throw new Error(`NETLOOM_WITHOUT: unknown piece '${name}': must be a list of ${PIECES.join(', ')}`);
}

/** Whether the environment variable NETLOOM_WITHOUT, a comma-separated list, switches a piece off. For benchmarks only. */
export function isWithout(piece: Piece): boolean {
  return off.has(piece);
}
